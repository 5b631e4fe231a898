"""Every sentence exists in Chinese and English, and values are written as people read them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from datetime import date
from pathlib import Path

import pytest
from jinja2 import Environment

import app  # noqa: F401  registers every domain's sentences
import chalicelib
from chalicelib.errors import DomainError
from chalicelib.web import errors as sentences
from chalicelib.web.i18n import LOCALE, translate, translations
from chalicelib.web.pages import TEMPLATES, environment

NOW_MS = 1_772_672_520_000  # 2026-03-05 09:02 in Shanghai

# Pages that a resident may read in English. A folder with a slash, or the beginning of a file's name.
ENGLISH = (
    "base.html",
    "macros.html",
    "web/",
    "fund/give",
    "fund/thanks",
    "fund/closed",
    "points/check",
    "reports/public",
)
_EXTRACTS = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)  # the pages' own does without


def every_error() -> list[type[DomainError]]:
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        importlib.import_module(module.name)
    found, open_ = [], [DomainError]
    while open_:
        kind = open_.pop()
        open_ += kind.__subclasses__()
        if kind.__module__.startswith("chalicelib."):
            found.append(kind)
    return found


def test_every_error_has_a_sentence_in_both_languages() -> None:
    kinds = every_error()
    assert len(kinds) > 30
    # Other tests register sentences of their own, by codes that begin with test_.
    known = {code: said for code, said in sentences.registered().items() if not code.startswith("test_")}
    missing = sorted({f"{k.__module__}.{k.__name__}: {k.code}" for k in kinds if k.code not in known})
    assert missing == []
    english = translations("en")
    untranslated = {text for s in known.values() for text in (s.says, s.next) if text and english.gettext(text) == text}
    assert sorted(untranslated) == []


def test_no_two_errors_share_a_code() -> None:
    codes: dict[str, set[str]] = {}
    for kind in (k for k in every_error() if "code" in vars(k)):
        codes.setdefault(kind.code, set()).add(f"{kind.__module__}.{kind.__name__}")
    assert {code: names for code, names in codes.items() if len(names) > 1} == {}


def test_a_sentence_writes_its_fields_the_way_they_are_named() -> None:
    sentences.register_sentences(
        {"test_words": ("{a_fen}|{b_centi}|{minutes}|{since}|{closes_at}|{day}|{who}|{gone}|{n}|{ok}|{list}", "")}
    )
    fields = {
        "a_fen": 123450, "b_centi": 270, "minutes": 135, "since": NOW_MS, "closes_at": NOW_MS,
        "day": date(2026, 3, 5), "who": "<周>", "gone": None, "n": 7, "ok": True, "list": ["a", "b"],
    }  # fmt: skip
    zh = sentences.sentence_for("test_words", fields, "zh").says
    assert zh == "¥1,234.50|2.70|2小时15分|09:02|2026年3月5日 09:02|2026年3月5日|<周>|—|7|是|a、b"
    en = sentences.sentence_for("test_words", fields, "en").says
    assert en == "¥1,234.50|2.70|2 h 15 min|09:02|5 Mar 2026 09:02|5 Mar 2026|<周>|—|7|yes|a, b"


def test_a_field_cannot_reach_into_the_sentence() -> None:
    sentences.register_sentences({"test_reach": ("{who} {who.__class__} {0} {who!r}", "")})
    said = sentences.sentence_for("test_reach", {"who": "{since}"}, "zh").says
    assert said == "{since} {who.__class__} — {who!r}"


def test_a_code_means_one_thing() -> None:
    sentences.register_sentences({"test_once": "一"})
    sentences.register_sentences({"test_once": "一"})
    with pytest.raises(ValueError, match="two different"):
        sentences.register_sentences({"test_once": "二"})


def test_an_unknown_code_still_gets_a_sentence() -> None:
    assert sentences.sentence_for("never_heard_of", {}, "zh").says == "这一步没有完成。"


def templates(*starts: str) -> list[Path]:
    every = sorted(TEMPLATES.rglob("*.html"))
    return [p for p in every if not starts or str(p.relative_to(TEMPLATES)).startswith(starts)]


def test_every_template_compiles() -> None:
    assert len(templates()) >= 5
    for path in templates():
        environment("zh").get_template(str(path.relative_to(TEMPLATES)))


def messages(path: Path) -> set[str]:
    extracted = _EXTRACTS.extract_translations(path.read_text())  # type: ignore[attr-defined]
    # with values, a message comes in a tuple with its arguments
    found = [message if isinstance(message, tuple) else (message,) for _, _, message in extracted]
    return {message for parts in found for message in parts if isinstance(message, str)}


@pytest.mark.parametrize("path", templates(*ENGLISH), ids=lambda p: p.name)
def test_resident_pages_are_whole_in_english(path: Path) -> None:
    english = translations("en")
    assert sorted(m for m in messages(path) if english.gettext(m) == m) == []


@pytest.mark.parametrize("path", templates(), ids=lambda p: p.name)
def test_no_chinese_stands_outside_of_a_translation(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%-? *trans\b.*?endtrans *-?%\}", "", path.read_text(), flags=re.S)
    text = re.sub(r"""_\(\s*("[^"]*"|'[^']*')""", "", text)
    text = re.sub(r"""[=!]= *("[^"]*"|'[^']*')""", "", text)  # a state is compared by its Chinese name
    text = text.replace('lang="zh-CN">中文<', "")
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


def test_a_placeholder_is_never_lost_in_translation() -> None:
    english = translations("en")
    for sentence in sentences.registered().values():
        for text in (sentence.says, sentence.next):
            if text:
                assert sorted(re.findall(r"\{\w+\}", english.gettext(text))) == sorted(re.findall(r"\{\w+\}", text))


def test_translation() -> None:
    assert translate("en", "登录") == "Sign in"
    assert translate("zh", "登录") == "登录"
    assert translate("en", "没有翻译过的话") == "没有翻译过的话"
    assert translate("en", "") == ""
    assert (LOCALE / "en" / "LC_MESSAGES" / "web.po").is_file()


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ _(typed) }}", "&lt;b&gt;50%&lt;/b&gt;"),
        ("{{ _('占 50%') }}", "占 50%"),
        ("{{ _('您好,%(name)s', name=typed) }}", "您好,&lt;b&gt;50%&lt;/b&gt;"),
        ("{{ _('%(n)s 元', n=7) }}", "7 元"),
        ("{% set x = _('登录') %}{{ x }}{{ x ~ '<' }}", "登录登录&lt;"),
        ("{{ _('') }}", ""),
    ],
)
def test_nothing_that_somebody_typed_becomes_html(template: str, shown: str) -> None:
    assert environment("zh").from_string(template).render(typed="<b>50%</b>") == shown
