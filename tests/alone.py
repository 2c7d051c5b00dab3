"""An interpreter that has numpy and the standard library, whatever else is installed beside it."""

import subprocess
import sys

from tests.serving import ROOT

PROLOGUE = """
import sys
from importlib.abc import MetaPathFinder

class OnlyThese(MetaPathFinder):
    "The first to be asked for a module: what is neither the standard library's nor allowed is not there."
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in ALLOWED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in [*sys.modules]:  # what a .pth file has brought along
    top = name.partition(".")[0]
    if top not in sys.stdlib_module_names and top != "__main__":
        del sys.modules[name]
sys.meta_path.insert(0, OnlyThese())
exec(compile(sys.stdin.read(), "given", "exec"), {"__name__": "__main__"})
"""
PLOTLY = ("plotly", "_plotly_utils", "narwhals", "packaging")
"""Plotly, and what it declares to need."""


def run_alone(source: str, *packages: str) -> subprocess.CompletedProcess[str]:
    """What ``source`` does where numpy and ``packages`` are all that is installed; a warning is an error."""
    prologue = f"ALLOWED = {('numpy', *packages)!r}\n{PROLOGUE}"
    return subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", prologue],
        input=source,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT.parent,
    )
