"""What people read when something was not done: code → what happened, and what to do next.

Each domain registers the sentences of its own codes when its routes are imported::

    register_sentences({
        InsufficientPoints: (N_("积分不足:可用 {available_centi},需要 {asked_centi}。"),
                             N_("可以先参加活动积累积分。")),
    })

A ``{field}`` is one of the error's fields, written the way its name says: ``_fen`` as money,
``_centi`` as points, ``minutes`` as a duration, ``_at`` and ``_ms`` as Shanghai time, ``_day`` as a date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.errors import DomainError
from chalicelib.web import format as fmt
from chalicelib.web.i18n import translate


@dataclass(frozen=True, slots=True)
class Sentence:
    """Chinese msgids: ``says`` what happened, ``next`` what to do."""

    says: str
    next: str = ""


_sentences: dict[str, Sentence] = {}
_common: dict[str, Sentence] = {}
_FIELD = re.compile(r"\{(\w+)\}")


def register_sentences(sentences: Mapping[type[DomainError] | str, tuple[str, str] | str]) -> None:
    """Adds sentences by error class or code. A code may be registered once with one meaning."""
    for key, given in sentences.items():
        code = key if isinstance(key, str) else key.code
        sentence = Sentence(given) if isinstance(given, str) else Sentence(*given)
        if _sentences.setdefault(code, sentence) != sentence:
            raise ValueError(f"{code} has two different sentences")


def register_common(sentences: Mapping[str, tuple[str, str]]) -> None:
    """Sentences for what lies under all domains; a domain's own for the same code goes before."""
    _common.update({code: Sentence(*given) for code, given in sentences.items()})


def registered() -> Mapping[str, Sentence]:
    return {**_common, **_sentences}


def sentence_for(code: str, fields: Mapping[str, Any], lang: str) -> Sentence:
    """The sentence of ``code`` in ``lang`` with its fields written in; a plain one if unknown."""
    found = _sentences.get(code) or _common.get(code) or _sentences["error"]
    return Sentence(_written(found.says, fields, lang), _written(found.next, fields, lang))


def _written(msgid: str, fields: Mapping[str, Any], lang: str) -> str:
    text = translate(lang, msgid)
    return _FIELD.sub(lambda m: fmt.by_name(m[1], fields.get(m[1]), lang), text)
