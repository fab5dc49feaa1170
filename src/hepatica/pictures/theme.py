"""How every picture looks: one palette, one set of shapes, one font, for page, notebook, and paper.

Colours are Okabe and Ito's, which people with any colour vision tell apart; whatever a colour says is also
said by a shape, a dash, or a word, so that a grey print loses nothing.
"""

from __future__ import annotations

from typing import Any

BLACK, GREY, LIGHT, FAINT = "#1a1a1a", "#595959", "#c4c4c4", "#ececec"
BLUE, GREEN, ORANGE, VERMILLION = "#0072B2", "#009E73", "#E69F00", "#D55E00"
FONT = 'Arial, "Liberation Sans", "Helvetica Neue", sans-serif'
FONT_SIZE = 11
# The mean width of a letter at FONT_SIZE, with which labels are laid out so that none covers another.
LETTER_PX = 5.9
DAYS_A_MONTH = 30.4375  # the mean calendar month; with it only months on axes are counted

WIDE, NARROW = 800, 380  # the whole picture's width in px: a printed page or a screen, and a phone

# Analyte: colour, shape, dash.
ANALYTE_LOOK: dict[str, tuple[str, str, list[int]]] = {
    "ALT": (BLUE, "circle", [1, 0]),
    "AST": (GREEN, "square", [5, 3]),
    "IgG": (VERMILLION, "triangle-up", [1, 0]),
}
METABOLITE_LOOK: dict[str, tuple[str, str, list[int]]] = {
    "6-TGN": (BLUE, "circle", [1, 0]),
    "6-MMP": (ORANGE, "diamond", [5, 3]),
}
LINE_COLOURS: dict[str, str] = {"1": "#dcebf7", "2": "#abd0ea", "3": "#6fb1de", "none": FAINT}
STATUS_COLOURS: dict[str, str] = {"in CBR": BLUE, "not in CBR": ORANGE, "unknown": LIGHT}
GROUP_COLOURS: dict[str, str] = {"in": BLUE, "out": ORANGE, "unknown": LIGHT}


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration that every chart carries."""
    axis = {
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "titleFontWeight": "normal",
        "labelColor": BLACK,
        "titleColor": BLACK,
        "gridColor": FAINT,
        "domainColor": GREY,
        "tickColor": GREY,
    }
    legend = {
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "symbolSize": 70,
        "symbolOpacity": 1,
        "labelLimit": 400,
    }
    return {
        "font": FONT,
        "background": "white",
        "view": {"stroke": None},
        "axis": axis,
        "legend": legend,
        "title": {"fontSize": 13, "anchor": "start", "color": BLACK, "fontWeight": "bold"},
        "text": {"fontSize": FONT_SIZE, "color": BLACK},
    }
