"""QR codes as inline SVG, sharp at any size and readable from a poster or a cracked screen."""

from __future__ import annotations

from itertools import groupby
from typing import Literal

from markupsafe import Markup, escape

Level = Literal["L", "M", "Q", "H"]
QUIET_MODULES = 4
"""The quiet zone that ISO/IEC 18004 asks for on every side."""


def qr_svg(text: str, label: str, level: Level = "M") -> Markup:
    """An ``<svg role="img">`` of ``text``; ``label`` is what a screen reader says.

    ``level``: how much may be damaged, L 7%, M 15%, Q 25%, H 30%. Use Q for paper that is handled.
    Raises ValueError for text that no QR code can hold.
    """
    import qrcode
    from qrcode.exceptions import DataOverflowError

    corrections = {
        "L": qrcode.constants.ERROR_CORRECT_L,
        "M": qrcode.constants.ERROR_CORRECT_M,
        "Q": qrcode.constants.ERROR_CORRECT_Q,
        "H": qrcode.constants.ERROR_CORRECT_H,
    }
    code = qrcode.QRCode(error_correction=corrections[level], border=QUIET_MODULES)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as full:
        raise ValueError("too long for a QR code") from full
    rows = code.get_matrix()
    side = len(rows)
    return Markup(  # noqa: S704  the label is escaped, the rest is numbers
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" '
        f'aria-label="{escape(label)}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{_path(rows)}" fill="#000"/></svg>'
    )


def _path(rows: list[list[bool]]) -> str:
    """Every run of dark modules as one rectangle: a third of the size of one square a module."""
    parts = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                parts.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return "".join(parts)
