"""Planar Playground: watch a small neural network learn, and see symmetry break."""

__version__ = "0.1.0"
