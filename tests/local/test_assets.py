"""What `make setup` leaves for the pages."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

from local import assets, node

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def test_pages_find_every_file_they_need() -> None:
    names = {path.name for path in assets.VENDOR.iterdir()}
    assert {"htmx.min.js", "weui.css", "zxing_reader.js", "zxing_reader.wasm"} <= names
    assert (assets.VENDOR / "zxing_reader.wasm").read_bytes()[:4] == b"\0asm"
    assert 'version:"2.0.' in (assets.VENDOR / "htmx.min.js").read_text(encoding="utf-8")


def weui_classes(text: str) -> set[str]:
    return set(re.findall(r"\bweui-[\w-]+", text))


def test_weui_is_cut_down_to_what_pages_use_and_keeps_its_licence(tmp_path: Path) -> None:
    assets.purge_weui(tmp_path / "weui.css")
    whole = (node.MODULES / assets.WEUI).read_text(encoding="utf-8")
    css = (tmp_path / "weui.css").read_text(encoding="utf-8")
    pages = "".join(p.read_text(encoding="utf-8") for p in (assets.WEB / "templates").rglob("*.html"))
    used = weui_classes(pages) & weui_classes(whole)
    assert used
    assert used <= weui_classes(css)
    assert len(css) < 60_000
    assert "Licensed under the MIT license" in css


def test_a_translation_is_compiled_for_gettext(tmp_path: Path) -> None:
    source = tmp_path / "messages.po"
    source.write_text(f'{HEADER}msgid "捐赠"\nmsgstr "Give"\n', encoding="utf-8")
    with assets.compile_catalogue(source).open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("捐赠") == "Give"


def test_a_translation_that_lost_a_placeholder_stops_the_build(tmp_path: Path) -> None:
    source = tmp_path / "messages.po"
    source.write_text(f'{HEADER}#, python-format\nmsgid "%(name)s 您好"\nmsgstr "Hello %(nmae)s"\n', encoding="utf-8")
    with pytest.raises(assets.AssetsBroken, match=r"messages\.po:\d+: unknown named placeholder 'nmae'"):
        assets.compile_catalogue(source)
