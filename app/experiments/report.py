"""A run as one HTML file with everything inside: figures, experiment, history, sentence and link.

Plotly's script is put in by the caller, since nothing here may load plotly. The file's own policy
lets no other script run and nothing be loaded, from anywhere; and what an experiment holds reaches
the file escaped, or as JSON that no ``</script>`` can end.
"""

import base64
import hashlib
import json
from html import escape
from typing import Any

from app import __version__
from app.experiments.answers import history_of, provenance
from app.experiments.experiment import Experiment
from app.experiments.figures import FIGURES, Subject
from app.experiments.figures.colours import FONT, TOKENS
from app.experiments.observe import View, observe
from app.experiments.run import Record, State
from app.experiments.sentence import percent, phrases, sentence

DRAW = """
const figures = JSON.parse(document.getElementById("figures").textContent);
for (const [name, { data, layout }] of Object.entries(figures)) {
  delete layout.width;
  Plotly.newPlot(name, data, layout, { responsive: true, displaylogo: false });
}
"""

STYLE = """
:root { color-scheme: only COLOUR; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1000px; padding: 24px 16px 48px; }
body { background: PAGE; color: INK; font: 16px/1.5 FONT; }
h1 { font-size: 1.5rem; margin: 0 0 4px; }
h2 { font-size: 1.1rem; margin: 32px 0 8px; }
p, figcaption { margin: 4px 0; }
a { color: inherit; }
small, .quiet { color: MUTED; font-size: 0.85rem; }
figure, .rows, pre { background: PANEL; border: 1px solid HAIRLINE; border-radius: 8px; }
figure { margin: 12px 0; overflow: hidden; }
.rows, pre { overflow: auto; max-height: 24rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px; text-align: right; border-bottom: 1px solid HAIRLINE; white-space: nowrap; }
th { position: sticky; top: 0; background: PANEL; }
pre { padding: 12px; }
@media print { .rows, pre { max-height: none; overflow: visible; } }
"""

WRITTEN_ROWS = 1_000
"""Rows of the history that are written out; what is left out is said."""


def report(
    canonical: dict[str, Any],
    experiment: Experiment,
    state: State,
    records: list[Record],
    link: str,
    theme: str,
    plotly_hash: str,
) -> tuple[bytes, bytes]:
    """What stands before and after Plotly's script, whose CSP hash is ``plotly_hash``."""
    subject = Subject(experiment, state, tuple(records), theme)
    figures = {row.name: row.make(subject) for row in FIGURES.values()}
    said = sentence(state.step, phrases(experiment, state, observe(experiment, state, View())))
    scripts = f"'{plotly_hash}' '{csp_hash(DRAW.encode())}'"
    policy = f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:"
    shown = "".join(
        f'<figure aria-label="{escape(row.title)}"><div id="{row.name}"></div></figure>'
        for row in FIGURES.values()
    )
    sizes = "-".join(map(str, experiment.sizes))
    made_with = escape("numpy {numpy}, Python {python}, {platform}".format(**provenance()))
    address = escape(link, quote=True)
    before = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Planar Playground: {sizes} at step {state.step:,}</title>
<style>{_style(theme)}</style>
</head>
<body>
<h1>A network {sizes} at step {state.step:,}</h1>
<p>{escape(said)}</p>
<p class="quiet"><a href="{address}" rel="noreferrer">This run on the page</a></p>
<h2>Figures</h2>
{shown}
<h2>History</h2>
{_history(history_of(experiment, state, records))}
<h2>Experiment</h2>
<pre>{escape(json.dumps(canonical, indent=2))}</pre>
<p class="quiet">Planar Playground {__version__}, {made_with}. This file loads nothing from anywhere.</p>
<script type="application/json" id="figures">{_inside_script(figures)}</script>
<script>"""
    after = f"</script>\n<script>{DRAW}</script>\n</body>\n</html>\n"
    return before.encode(), after.encode()


def csp_hash(script: bytes) -> str:
    """The source expression that lets this inline script run, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode()


def _inside_script(value: Any) -> str:
    """JSON as it may stand inside a script element: without the signs that could end it."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _style(theme: str) -> str:
    tokens = TOKENS[theme]
    style = STYLE.replace("COLOUR", theme).replace("FONT", FONT)
    for name in ("page", "panel", "ink", "muted", "hairline"):
        style = style.replace(name.upper(), tokens[name])
    return style


def _history(history: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for entry in history for name in entry))
    shown = history if len(history) <= WRITTEN_ROWS else [*history[: WRITTEN_ROWS - 1], history[-1]]
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_number(name, entry.get(name))}</td>' for name in names)}</tr>\n"
        for entry in shown
    )
    left_out = len(history) - len(shown)
    note = f'<p class="quiet">{left_out:,} rows before the last are left out.</p>' if left_out else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="rows" tabindex="0" role="region" aria-label="History">{table}</div>{note}'


def _number(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "step":
        return f"{value:,}"
    return f"{percent(value)} %" if name.endswith("accuracy") else f"{value:.6g}"
