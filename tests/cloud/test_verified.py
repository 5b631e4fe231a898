"""At the end of everything: the books hold, and no page failed but the one that was spoiled on purpose."""

from __future__ import annotations

from tests.cloud.street import Street


def test_the_nightly_verification_finds_nothing(street: Street) -> None:
    assert street.nightly_findings() == []
    books = street["supervisor"].go("/staff/books")
    assert books.status == 200, books.words


def test_no_page_failed(street: Street) -> None:
    for name in ("api_handler", "payments_handler"):
        lines = street.deployed.cloud.logs(street.deployed.function(name), '"message":"incident"')
        # tests/cloud/test_log.py spoils a stored gift to see what a person is told
        assert [line for line in lines if "item_unreadable" not in line] == []
