"""Planar Playground: watch a small neural network learn, and see symmetry break.

In a notebook:

    from app import run
    run({"init": {"method": "zeros"}}, steps=1000)

What can be imported so stands in ``__all__``; it is described in ``app.interface``.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["Experiment", "ExperimentError", "Run", "experiment_of", "run"]


def __getattr__(name: str) -> Any:
    """Loaded when it is asked for: worker processes import this package too, and need none of it."""
    if name in __all__:
        return getattr(import_module("app.interface"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
