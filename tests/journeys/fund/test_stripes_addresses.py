"""Which addresses the function with Stripe's key serves: those that say so, and all on a donor's way."""

from __future__ import annotations

import pytest
from chalice import Chalice
from chalice.test import Client

from app import app
from chalicelib.fund import gateway
from chalicelib.fund.model.stripe_objects import NotAtStripe
from chalicelib.web.routing import speaks_to_stripe
from tests.store.fund.giving import Giving

ON_A_DONORS_WAY = (
    ("GET", "/give"), ("GET", "/g/{code}"), ("POST", "/g/{code}"), ("GET", "/g/{code}/monthly"),
    ("POST", "/g/{code}/monthly"), ("GET", "/gifts/{id}"), ("POST", "/gifts/{id}/pay"), ("GET", "/monthly/{id}"),
    ("POST", "/monthly/{id}/pay"), ("POST", "/monthly/{id}/cancel"), ("POST", "/webhooks/stripe"),
)  # fmt: skip


def test_a_donor_meets_one_function_from_the_poster_to_the_thanks() -> None:
    for method, path in ON_A_DONORS_WAY:
        assert speaks_to_stripe(app.routes[path][method].view_function), f"{method} {path}"


def test_the_rest_is_served_without_stripes_key() -> None:
    views = {(m, p): one.view_function for p, methods in app.routes.items() for m, one in methods.items()}
    without = {path for (_, path), view in views.items() if not speaks_to_stripe(view)}
    assert without >= {"/", "/public", "/q/{token}", "/me/points", "/staff/books"}
    assert sum(map(speaks_to_stripe, views.values())) < len(views) / 5


def test_an_address_that_forgot_its_mark_would_be_noticed(giving: Giving, strangers_at_stripe: list[str]) -> None:
    forgetful = Chalice("forgetful")

    @forgetful.route("/x")
    def forgot() -> dict[str, str]:
        with pytest.raises(NotAtStripe):
            gateway.checkout("cs_test_nothing")
        return {}

    with Client(forgetful) as client:
        assert client.http.get("/x").status_code == 200
    assert strangers_at_stripe == ["forgot"]
    strangers_at_stripe.clear()
