"""Where Checkout sends a donor afterwards: to the page that the donor's own link opens."""

from __future__ import annotations

from chalicelib.fund.service.gifts import Returns
from chalicelib.web.http import Request
from chalicelib.web.urls import absolute


def returns(request: Request, path: str, token: str) -> Returns:
    """Full addresses for who has paid and for who has turned back."""
    return Returns(
        success_url=absolute(request, path, t=token, back="paid"),
        cancel_url=absolute(request, path, t=token, back="left"),
    )
