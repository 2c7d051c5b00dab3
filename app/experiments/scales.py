"""The absolute scale on which a layer's numbers are drawn, the same for all its units."""

import numpy as np

from app.engine.arrays import Array


def layer_range(bounds: tuple[float, float] | None, arrays: list[Array]) -> tuple[float, float]:
    """A layer's absolute colour scale: its bounds, or the next 1, 2 or 5 x 10^k above its largest value."""
    if bounds is not None:
        return bounds
    largest = max((float(np.nan_to_num(np.abs(a)).max()) for a in arrays if a.size), default=0.0)
    if largest < 1e-300:
        return (-1.0, 1.0)
    largest = min(largest, 1e300)
    power = 10.0 ** np.floor(np.log10(largest))
    nice = float(next(step * power for step in (1, 2, 5, 10) if step * power >= largest * (1 - 1e-12)))
    return (-nice, nice)


def axis_range(bounds: tuple[float, float] | None, values: Array) -> tuple[float, float]:
    """A layer's axis: as ``layer_range``, but each side by itself, so that ReLU's axis begins at 0."""
    if bounds is not None:
        return bounds
    low = layer_range(None, [np.minimum(values, 0.0)])[0] if (values < 0).any() else 0.0
    high = layer_range(None, [np.maximum(values, 0.0)])[1] if (values > 0).any() else 0.0
    return (low, high) if low < high else (-1.0, 1.0)
