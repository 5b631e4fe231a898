"""What API Gateway answers without us is said as we say it, and protected as our own answers are."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from chalicelib.web import errors, headers
from infra.template import refusals

MADE = refusals.gateway_responses()


@pytest.mark.parametrize("kind", MADE)
def test_its_headers_are_ours(kind: str) -> None:
    given = MADE[kind]["ResponseParameters"]["Headers"]
    ours = {**headers.BARE, "Content-Security-Policy": "default-src; base-uri; form-action; frame-ancestors"}
    assert {name: given[name] for name in ours} == {name: f"'{value}'" for name, value in ours.items()}
    assert all(value.count("'") == 2 for value in given.values()), given
    assert given["Strict-Transport-Security"] == "'max-age=31536000'"
    assert ("Retry-After" in given) == (MADE[kind]["StatusCode"] == 429)


@pytest.mark.parametrize("kind", MADE)
def test_it_says_what_happened_and_what_to_do_in_both_languages(kind: str) -> None:
    told: dict[str, Any] = json.loads(MADE[kind]["ResponseTemplates"]["application/json"])
    assert told["code"] in errors.registered()
    assert told["status"] == MADE[kind]["StatusCode"]
    assert told["incident"] == "$context.requestId"
    page = MADE[kind]["ResponseTemplates"]["text/html"]
    for said in (told["detail"], page):
        assert re.search("[一-鿿]{4}", said)
        assert re.search("[a-z]{3,} [a-z]{2,}", said)
        assert "{" not in said
    assert "style" not in page
    assert "$context.requestId" in page
    # Nothing that API Gateway would take for one of its own variables but the number
    assert set(re.findall(r"\$\S+", page)) <= {
        "$context.requestId</p></main></body></html>",
        "$context.requestId</h1>",
    } | {word for word in re.findall(r"\$\S+", page) if word.startswith("$context.requestId")}


def test_an_address_that_is_none_is_not_found_and_asks_nobody_for_a_token() -> None:
    told = MADE["MISSING_AUTHENTICATION_TOKEN"]
    assert told["StatusCode"] == 404
    assert "oken" not in str(told["ResponseTemplates"])
