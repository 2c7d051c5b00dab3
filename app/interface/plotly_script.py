"""Plotly's script out of the installed package, for files that carry everything with them."""

from functools import cache
from importlib.resources import files

from app.experiments.report import csp_hash


@cache
def plotly_script() -> tuple[bytes, str]:
    """The script, and the source expression of a content security policy that lets it run."""
    script = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return script, csp_hash(script)
