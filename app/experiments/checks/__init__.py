"""Somebody's own work beside ours: arrays of a step, their shapes, and the costs that a notebook printed.

A likely cause is never guessed: the step (or the run) is computed once more with the mistake in it, and
the cause is named only where the numbers are the same.
"""
