"""The type of every array of the engine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""Real numbers: float64 where the network learns, float32 where it is only drawn."""
