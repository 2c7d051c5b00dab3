"""A run as a notebook shows it: sentence, boundary, history and link. Every text is escaped."""

from html import escape
from typing import Any

MOST_ROWS = 12


def as_html(sentence: str, history: list[dict[str, Any]], link: str, picture: str) -> str:
    """A picture (SVG, put in as it is) and a small table that need no style sheet and no script."""
    names = list(dict.fromkeys(name for entry in history for name in entry))
    shown = history if len(history) <= MOST_ROWS else [*history[: MOST_ROWS - 1], history[-1]]
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_number(entry.get(name))}</td>' for name in names)}</tr>" for entry in shown
    )
    left_out = len(history) - len(shown)
    note = f"<p>{left_out} rows before the last are left out.</p>" if left_out else ""
    address = escape(link, quote=True)
    return (
        f"<div><p><strong>{escape(sentence)}</strong></p>{picture}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"
        f'<p><a href="{address}">on the page</a></p></div>'
    )


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"
