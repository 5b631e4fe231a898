"""Every fact about a gift has a sentence, in Chinese and in English."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import chalicelib.fund
from chalicelib.errors import Corrupt, DomainError
from chalicelib.fund.routes import giving_sentences, spending_sentences
from chalicelib.web import sentences
from chalicelib.web.errors import registered
from chalicelib.web.i18n import translate


def facts() -> Iterator[type[DomainError]]:
    for found in pkgutil.walk_packages(chalicelib.fund.__path__, "chalicelib.fund."):
        module = importlib.import_module(found.name)
        for value in vars(module).values():
            ours = isinstance(value, type) and issubclass(value, DomainError) and value.__module__ == found.name
            # What is corrupt becomes an incident with a number; its own sentence is for operators.
            if ours and not issubclass(value, Corrupt):
                yield value


def test_every_code_of_the_fund_has_its_own_sentence() -> None:
    for register in (sentences.register, giving_sentences.register, spending_sentences.register):
        register()
    classes = list(facts())
    assert len(classes) > 60
    assert [one.code for one in classes if one.code not in registered()] == []
    assert len({one.code for one in classes}) == len(classes)


def test_the_sentences_of_giving_are_there_in_english() -> None:
    for table in (giving_sentences._GIVING, giving_sentences._PAYMENTS, giving_sentences._STAFF):
        for said in table.values():
            for text in (said,) if isinstance(said, str) else said:
                assert translate("en", text) != text, text
