"""Charts as inline SVG drawn on the server: no script, readable aloud, in print and without colour.

Each function is pure and returns ``Markup`` of a ``<figure>``: the picture (``role="img"`` with title
and description), a legend with the values, and the same numbers as a table to unfold. Values are
integers of one unit; ``write`` says how they are shown, e.g. ``format.money``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from chalicelib.web import format as fmt
from chalicelib.web.i18n import N_, translate

# Told apart by people with any colour vision (after Okabe and Ito), each at least 3:1 on white as
# WCAG 1.4.11 asks; neighbours are parted by a white line besides.
PALETTE = ("#067a46", "#b8590a", "#0b63a8", "#9a3d7d", "#6b6b00", "#5b5f97", "#a3333d", "#4a6670")

Write = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Slice:
    """One named value. Negative values are drawn as nothing and shown as they are."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Series:
    """A row of values, one for each of the chart's labels."""

    label: str
    values: Sequence[int]


def bars(title: str, slices: Sequence[Slice], write: Write = str, lang: str = "zh") -> Markup:
    """Horizontal bars, one below the other: for names that do not fit under a column."""
    most = max((s.value for s in slices), default=0)
    # As wide as a card on a phone, so that 18 units show as 18 pixels
    row, width = 66, 312
    parts = []
    for i, one in enumerate(slices):
        y = i * row
        length = _scaled(one.value, most, width)
        parts.append(
            f'<text x="0" y="{y + 20}" font-size="18">{escape(one.label)}</text>'
            f'<text x="{width}" y="{y + 20}" font-size="18" font-weight="700" text-anchor="end">'
            f"{escape(write(one.value))}</text>"
            f'<rect x="0" y="{y + 30}" width="{width}" height="16" rx="4" fill="#ecebe6"/>'
            f'<rect x="0" y="{y + 30}" width="{length}" height="16" rx="4" fill="{PALETTE[0]}"/>'
        )
    picture = _svg(title, _said(slices, write, lang), width, max(len(slices) * row, 1), parts)
    return _figure(title, picture, "", _slice_table(title, slices, write, lang), lang)


def donut(title: str, slices: Sequence[Slice], write: Write = str, lang: str = "zh") -> Markup:
    """Parts of a whole as a ring, with the sum in the middle. At most eight parts stay apart."""
    whole = sum(max(s.value, 0) for s in slices)
    around = 100_000  # the ring's length in the units of pathLength, so that no fraction is needed
    parts = [
        '<circle cx="150" cy="150" r="104" fill="none" stroke="#ecebe6" stroke-width="60"/>',
    ]
    start = 0
    for i, one in enumerate(slices):
        length = _scaled(one.value, whole, around)
        if length:
            parts.append(
                f'<circle cx="150" cy="150" r="104" fill="none" stroke="{_colour(i)}" stroke-width="60" '
                f'pathLength="{around}" stroke-dasharray="{length} {around}" stroke-dashoffset="{-start}" '
                f'transform="rotate(-90 150 150)"/>'
            )
        start += length
    parts.extend(_gaps(slices, whole))
    parts.append(
        f'<text x="150" y="158" font-size="{_fitting(write(whole))}" font-weight="700" '
        f'text-anchor="middle">{escape(write(whole))}</text>'
    )
    picture = _svg(title, _said(slices, write, lang), 300, 300, parts, "ring")
    legend = _legend([(one.label, f"{write(one.value)} · {fmt.percent(one.value, whole)}") for one in slices])
    return _figure(title, picture, legend, _slice_table(title, slices, write, lang), lang)


def stacked(
    title: str, labels: Sequence[str], series: Sequence[Series], write: Write = str, lang: str = "zh"
) -> Markup:
    """Columns, one for each label (a month), stacked from the series."""
    totals = [sum(max(s.values[i], 0) for s in series) for i in range(len(labels))]
    most = max(totals, default=0)
    width, height, top, foot = 360, 250, 34, 36
    step = width // max(len(labels), 1)
    bar = max(min(step * 2 // 3, 60), 4)
    parts = [_baseline(width, height - foot), _top(write(most), width)]
    for i, label in enumerate(labels):
        x, y = i * step + (step - bar) // 2, height - foot
        for n, one in enumerate(series):
            part = _scaled(one.values[i], most, height - foot - top)
            if part:
                y -= part
                parts.append(
                    f'<rect x="{x}" y="{y}" width="{bar}" height="{part}" fill="{_colour(n)}" '
                    f'stroke="#fff" stroke-width="1"/>'
                )
        if _every(labels, i):
            parts.append(_centred(x + bar // 2, height - 10, label))
    said = _series_said(labels, series, write, lang)
    picture = _svg(title, said, width, height, parts)
    legend = _legend([(one.label, write(sum(one.values))) for one in series])
    return _figure(title, picture, legend, _series_table(title, labels, series, write, lang), lang)


def lines(title: str, labels: Sequence[str], series: Sequence[Series], write: Write = str, lang: str = "zh") -> Markup:
    """A line for each series over the labels; points have shapes of their own besides colours."""
    most = max((max(one.values, default=0) for one in series), default=0)
    width, height, top, foot, side = 360, 240, 34, 36, 24
    span = max(len(labels) - 1, 1)
    parts = [_baseline(width, height - foot), _top(write(most), width)]
    for n, one in enumerate(series):
        spots = [
            (side + i * (width - 2 * side) // span, height - foot - _scaled(value, most, height - foot - top))
            for i, value in enumerate(one.values)
        ]
        drawn = " ".join(f"{x},{y}" for x, y in spots)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{_colour(n)}" stroke-width="4"/>')
        parts.extend(_spot(n, x, y) for x, y in spots)
    for i, label in enumerate(labels):
        if _every(labels, i):
            parts.append(_centred(side + i * (width - 2 * side) // span, height - 10, label))
    said = _series_said(labels, series, write, lang)
    picture = _svg(title, said, width, height, parts)
    legend = _legend([(one.label, write(sum(one.values))) for one in series])
    return _figure(title, picture, legend, _series_table(title, labels, series, write, lang), lang)


def _scaled(value: int, most: int, length: int) -> int:
    """``value`` on a scale where ``most`` is ``length``; what is there at all is at least 1."""
    if value <= 0 or most <= 0:
        return 0
    return max(value * length // most, 1)


def _gaps(slices: Sequence[Slice], whole: int) -> list[str]:
    """White lines between the parts of a ring."""
    if sum(1 for one in slices if one.value > 0) < 2:
        return []
    parts, before = [], 0
    for one in slices:
        # Hundredths of a degree, written as a decimal number without going through a float.
        angle = before * 36_000 // whole
        parts.append(
            f'<line x1="150" y1="76" x2="150" y2="16" stroke="#fff" stroke-width="4" '
            f'transform="rotate({angle // 100}.{angle % 100:02d} 150 150)"/>'
            if one.value > 0
            else ""
        )
        before += max(one.value, 0)
    return parts


def _spot(n: int, x: int, y: int) -> str:
    colour = _colour(n)
    shapes = (
        f'<circle cx="{x}" cy="{y}" r="7" fill="{colour}"/>',
        f'<rect x="{x - 6}" y="{y - 6}" width="12" height="12" fill="{colour}"/>',
        f'<path d="M{x} {y - 8}l8 14h-16z" fill="{colour}"/>',
        f'<path d="M{x} {y - 9}l9 9-9 9-9-9z" fill="{colour}"/>',
    )
    return shapes[n % len(shapes)]


def _colour(n: int) -> str:
    return PALETTE[n % len(PALETTE)]


def _fitting(text: str) -> int:
    """A font size with which ``text`` fits into the ring."""
    return 28 if len(text) <= 8 else 22 if len(text) <= 11 else 18


def _centred(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="18" text-anchor="middle">{escape(text)}</text>'


def _every(labels: Sequence[str], i: int) -> bool:
    """Whether label ``i`` is written: all of a few, the last and every so many of more."""
    step = max(-(-len(labels) // 6), 1)
    return (len(labels) - 1 - i) % step == 0


def _top(text: str, width: int) -> str:
    """The greatest value, with the line it stands for."""
    return (
        f'<text x="0" y="18" font-size="18">{escape(text)}</text>'
        f'<line x1="0" y1="30" x2="{width}" y2="30" stroke="#bdc2bd" stroke-dasharray="4 6"/>'
    )


def _baseline(width: int, y: int) -> str:
    return f'<line x1="0" y1="{y}" x2="{width}" y2="{y}" stroke="#7a817c" stroke-width="2"/>'


def _svg(title: str, said: str, width: int, height: int, parts: Sequence[str], kind: str = "") -> str:
    shape = f' class="{kind}"' if kind else ""
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}: {escape(said)}"{shape}>'
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>{''.join(parts)}</svg>"
    )


def _legend(rows: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 18 18" aria-hidden="true"><rect width="18" height="18" rx="4" fill="{_colour(i)}"/>'
        f"</svg>{escape(label)} <b>{escape(value)}</b></li>"
        for i, (label, value) in enumerate(rows)
    )
    return f'<ul class="legend">{items}</ul>'


def _said(slices: Sequence[Slice], write: Write, lang: str) -> str:
    return _listed([f"{one.label} {write(one.value)}" for one in slices], lang)


def _series_said(labels: Sequence[str], series: Sequence[Series], write: Write, lang: str) -> str:
    totals = [sum(one.values[i] for one in series) for i in range(len(labels))]
    return _listed([f"{label} {write(total)}" for label, total in zip(labels, totals, strict=True)], lang)


def _listed(said: Sequence[str], lang: str) -> str:
    return (";" if lang == "zh" else "; ").join(said) or translate(lang, N_("还没有数据"))


def _slice_table(title: str, slices: Sequence[Slice], write: Write, lang: str) -> str:
    rows = [[one.label, write(one.value)] for one in slices]
    return _table(title, [translate(lang, N_("项目")), translate(lang, N_("数值"))], rows)


def _series_table(title: str, labels: Sequence[str], series: Sequence[Series], write: Write, lang: str) -> str:
    heads = ["", *(one.label for one in series)]
    rows = [[label, *(write(one.values[i]) for one in series)] for i, label in enumerate(labels)]
    return _table(title, heads, rows)


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(_cell(heads[i], text, i) for i, text in enumerate(row))}</tr>" for row in rows)
    return (
        f'<div class="table-wrap"><table class="table"><caption class="visually-hidden">{escape(title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(head: str, text: str, column: int) -> str:
    kind = ' class="number"' if column else ""
    return f'<td data-label="{escape(head)}"{kind}>{escape(text)}</td>'


def _figure(title: str, picture: str, legend: str, table: str, lang: str) -> Markup:
    unfold = escape(translate(lang, N_("看数字表格")))
    return Markup(  # noqa: S704  every text within went through escape
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>{picture}{legend}'
        f"<details><summary>{unfold}</summary>{table}</details></figure>"
    )
