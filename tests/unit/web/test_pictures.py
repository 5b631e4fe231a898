"""QR codes that scan and charts that say the same in numbers, words and shapes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from chalicelib.web import charts
from chalicelib.web import format as fmt
from chalicelib.web.charts import Series, Slice
from chalicelib.web.qr import QUIET_MODULES, Level, qr_svg

SVG = "{http://www.w3.org/2000/svg}"


def painted(svg: str, module_px: int = 6) -> Image.Image:
    """The picture that the SVG's one path draws."""
    side = int(re.findall(r'viewBox="0 0 (\d+) \1"', svg)[0])
    image = Image.new("L", (side * module_px, side * module_px), 255)
    pen = ImageDraw.Draw(image)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg):
        left, top, wide = int(x) * module_px, int(y) * module_px, int(width) * module_px
        pen.rectangle((left, top, left + wide - 1, top + module_px - 1), fill=0)
    return image


def dark_from(svg: str) -> int:
    return min(int(x) for x, _, _ in re.findall(r"M(\d+) (\d+)h(\d+)", svg))


@pytest.mark.zbar
@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
@pytest.mark.parametrize("text", ["https://linli.example/v/01ARZ3NDEKTSV4RRFFQ69G5FAV.k1.abc-_", "周阿姨的卡 㛃", "1"])
def test_a_code_scans(text: str, level: Level) -> None:
    from pyzbar.pyzbar import ZBarSymbol, decode

    found = decode(painted(qr_svg(text, "x", level)), symbols=[ZBarSymbol.QRCODE])
    assert [one.data.decode() for one in found] == [text]


def test_a_code_has_its_quiet_zone_and_a_name() -> None:
    svg = qr_svg("hello", '兑换券 "<大米>" & 油')
    assert dark_from(svg) == QUIET_MODULES
    named = drawn(svg)
    assert named.get("role") == "img"
    assert named.get("aria-label") == '兑换券 "<大米>" & 油'


def test_what_no_code_can_hold() -> None:
    with pytest.raises(ValueError, match="too long"):
        qr_svg("x" * 3000, "x", "H")


GIFTS = [Slice("爱心市民自捐", 5_230_000), Slice("<小微>商户", 3_000_000), Slice("企业", 0)]
MONTHS = ["1月", "2月", "3月"]
CHANNELS = [Series("线上", [1, 200, 300]), Series("活动", [0, 50, -10])]


def drawn(figure: str) -> ElementTree.Element:
    return ElementTree.fromstring(figure)  # noqa: S314  it is our own


@pytest.mark.parametrize(
    "figure",
    [
        charts.bars("按类别", GIFTS, fmt.money),
        charts.donut("按类别", GIFTS, fmt.money),
        charts.stacked("按类别", MONTHS, CHANNELS),
        charts.lines("按类别", MONTHS, CHANNELS),
        charts.bars("按类别", []),
        charts.donut("按类别", []),
        charts.stacked("按类别", [], []),
        charts.lines("按类别", [], []),
        charts.lines("按类别", ["1月"], [Series("a", [5])]),
    ],
)
def test_every_chart_is_well_formed_named_and_has_a_table(figure: str) -> None:
    root = drawn(figure)
    svg = root.find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    assert str(svg.get("aria-label")).startswith("按类别")
    assert [child.tag for child in svg][:2] == ["title", "desc"]
    assert root.find("details//table//caption") is not None
    assert "style=" not in figure


def test_the_numbers_stand_in_words_and_in_the_table() -> None:
    root = drawn(charts.donut("按类别", GIFTS, fmt.money))
    cells = ["".join(cell.itertext()) for cell in root.iter("td")]
    assert cells == ["爱心市民自捐", "¥52,300.00", "<小微>商户", "¥30,000.00", "企业", "¥0.00"]
    assert "¥52,300.00" in str(root.findtext("svg/desc"))
    assert "¥82,300.00" in "".join(root.itertext())
    assert "63.5%" in "".join(root.itertext())


@given(st.lists(st.integers(min_value=-5, max_value=10**14), min_size=1, max_size=12))
def test_a_ring_never_overruns_and_what_is_there_shows(values: list[int]) -> None:
    root = drawn(charts.donut("x", [Slice(str(i), v) for i, v in enumerate(values)]))
    arcs = [arc for arc in root.iter("circle") if arc.get("stroke-dasharray")]
    lengths = [int(str(arc.get("stroke-dasharray")).split()[0]) for arc in arcs]
    assert len(lengths) == sum(1 for v in values if v > 0)
    assert sum(lengths) <= 100_000 + len(values)
    assert all(length >= 1 for length in lengths)


@given(st.lists(st.integers(min_value=0, max_value=10**14), min_size=1, max_size=24))
def test_columns_stay_inside_the_picture(values: list[int]) -> None:
    root = drawn(charts.stacked("x", [str(i) for i in range(len(values))], [Series("a", values), Series("b", values)]))
    svg = root.find("svg")
    assert svg is not None
    for bar in svg.findall("rect"):
        assert int(str(bar.get("x"))) >= 0
        assert int(str(bar.get("x"))) + int(str(bar.get("width"))) <= 360
        assert int(str(bar.get("y"))) >= 30 - 2
        assert int(str(bar.get("height"))) > 0


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_stands_out_on_white() -> None:
    assert len(set(charts.PALETTE)) == 8
    for colour in charts.PALETTE:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour
