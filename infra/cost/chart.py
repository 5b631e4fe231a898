"""The bill's parts as a picture: one bar a place, each as long as the others, cut by its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

COLOURS = ("#c8452f", "#2f7f74", "#e0a03c", "#4a6fa5", "#8a5a83", "#6b8e4e", "#a9826b", "#7a817c")
_WIDTH, _LEFT, _BAR, _STEP, _TOP = 900, 210, 40, 66, 54


def stacked(title: str, rows: Sequence[tuple[str, str, Mapping[str, float]]]) -> str:
    """An SVG. Each row: its label, its sum in words, its parts; parts have the same colour in each row."""
    parts = list(dict.fromkeys(part for _, _, split in rows for part in split))
    room = _WIDTH - _LEFT - 20
    drawn = [f'<text x="20" y="30" font-size="19" font-weight="700">{escape(title)}</text>']
    for number, (label, whole, split) in enumerate(rows):
        y, x = _TOP + number * _STEP, float(_LEFT)
        all_of_it = sum(split.values())
        drawn.append(f'<text x="20" y="{y + 18}" font-size="15">{escape(label)}</text>')
        drawn.append(f'<text x="20" y="{y + 37}" font-size="15" font-weight="700">{escape(whole)}</text>')
        for part in parts:
            length = split.get(part, 0) / all_of_it * room
            drawn.append(
                f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" height="{_BAR}" '
                f'fill="{COLOURS[parts.index(part)]}"><title>{escape(part)}</title></rect>'
            )
            if length > 44:
                share = f"{split[part] / all_of_it:.0%}"
                drawn.append(
                    f'<text x="{x + length / 2:.1f}" y="{y + 26}" font-size="14" fill="#fff" '
                    f'text-anchor="middle">{share}</text>'
                )
            x += length
    foot = _TOP + len(rows) * _STEP
    for number, part in enumerate(parts):
        x, y = 20 + number % 3 * 290, foot + 14 + number // 3 * 26
        drawn.append(f'<rect x="{x}" y="{y - 13}" width="15" height="15" fill="{COLOURS[number]}"/>')
        drawn.append(f'<text x="{x + 22}" y="{y}" font-size="14">{escape(part)}</text>')
    height = foot + 14 + (len(parts) + 2) // 3 * 26
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" fill="#24302c">'
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )
