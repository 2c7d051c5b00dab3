"""The two forms of an array in an answer: lists, or Plotly's typed arrays, about half as long."""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Form = Callable[[NDArray[Any]], Any]


def typed(values: NDArray[Any]) -> dict[str, str]:
    """``{"dtype": "f8", "bdata": ..., "shape": "2, 3"}``: the numbers row by row, little-endian, in base64.

    plotly.js draws it as it is. Read back: ``np.frombuffer(base64.b64decode(bdata), dtype)``, reshaped.
    """
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    return {
        "dtype": little.dtype.str[1:],
        "bdata": base64.b64encode(little.tobytes()).decode(),
        "shape": ", ".join(map(str, little.shape)),
    }


def lists(values: NDArray[Any]) -> Any:
    """Lists of lists of numbers."""
    return values.tolist()


FORMS: dict[str, Form] = {"lists": lists, "typed": typed}
"""What ``arrays`` in a request may say."""
