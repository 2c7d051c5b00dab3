"""The page's colours, light and dark; a test holds them to static/css/tokens.css and static/js/colour.js."""

from collections.abc import Sequence

Colour = tuple[int, int, int]

THEMES = ("light", "dark")

TOKENS: dict[str, dict[str, str]] = {
    "light": {
        "page": "#fcfcfa",
        "panel": "#ffffff",
        "ink": "#1d2026",
        "muted": "#5f6671",
        "hairline": "#e2e2dc",
        "lane1": "#1d2026",
        "lane2": "#7a5cc0",
    },
    "dark": {
        "page": "#14161a",
        "panel": "#1c1f26",
        "ink": "#eceef2",
        "muted": "#a2a9b4",
        "hairline": "#31363f",
        "lane1": "#eceef2",
        "lane2": "#a58be6",
    },
}
FONT = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Roboto, sans-serif'

ENDS: dict[str, tuple[Colour, Colour, Colour]] = {
    "light": ((47, 111, 179), (247, 247, 244), (224, 123, 26)),
    "dark": ((66, 133, 204), (24, 26, 30), (234, 139, 45)),
}
"""Class 0 (or negative), the middle, class 1 (or positive)."""
FIELD = {"light": 0.62, "dark": 0.6}
"""How far a field behind points goes towards the full colour."""
MORE_CLASSES: tuple[Colour, ...] = ((58, 148, 92), (176, 74, 152), (140, 112, 30), (96, 104, 122))
SYMBOLS = ("circle", "square", "triangle-up", "diamond", "cross", "star")
LAYERS = ("#009e73", "#c96aa5", "#b99400", "#8b6b4e", "#7b818c")
"""One after the other for lines of layers: the colours of kinds of units on the page."""


def class_colour(label: int, theme: str, strength: float = 1.0) -> str:
    """Of a class's points; with less ``strength`` paler, towards the middle."""
    low, middle, high = ENDS[theme]
    return _rgb(middle, (low, high, *MORE_CLASSES)[label], strength)


def scale(theme: str, strength: float = 1.0) -> list[list[float | str]]:
    """A colour scale from class 0 to class 1 for Plotly."""
    low, middle, high = ENDS[theme]
    ends = (_rgb(middle, low, strength), _rgb(middle, middle, 1.0), _rgb(middle, high, strength))
    return [[share, colour] for share, colour in zip((0.0, 0.5, 1.0), ends, strict=True)]


def _rgb(middle: Sequence[int], end: Sequence[int], strength: float) -> str:
    mixed = (round(m + (e - m) * strength) for m, e in zip(middle, end, strict=True))
    return f"rgb({','.join(map(str, mixed))})"
