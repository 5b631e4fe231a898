"""A running stand-in and the real stripe-python client that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from local.stripe_standin import StripeStandIn


@pytest.fixture
def standin() -> Iterator[StripeStandIn]:
    """In memory; events wait until the test asks."""
    with StripeStandIn(webhook_secret="whsec_test", delivery="when_asked") as running:
        yield running


@pytest.fixture
def client(standin: StripeStandIn) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_x", base_addresses={"api": standin.url}, max_network_retries=2)
