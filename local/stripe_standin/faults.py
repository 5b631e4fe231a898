"""What the stand-in answers when it refuses: Stripe's own error bodies."""

from __future__ import annotations

from typing import Any


class StripeFault(Exception):
    """A refusal with Stripe's status, type, code and param.

    `keeps_changes` says that what the request had written stays written, as a declined
    charge does: every other refusal undoes the request.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keeps_changes: bool = False,
        **fields: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keeps_changes = keeps_changes
        self.error: dict[str, Any] = {"message": message, "type": type}
        if code is not None:
            self.error["code"] = code
            self.error["doc_url"] = "https://stripe.com/docs/error-codes/" + code.replace("_", "-")
        if param is not None:
            self.error["param"] = param
        self.error.update(fields)

    def body(self) -> dict[str, Any]:
        return {"error": self.error}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeFault:
    return StripeFault(400, message, code=code, param=param)


def missing_param(param: str) -> StripeFault:
    return invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")


def no_such(kind: str, id: str, *, param: str = "id") -> StripeFault:
    return StripeFault(404, f"No such {kind}: '{id}'", code="resource_missing", param=param)


def unrecognized_url(method: str, path: str) -> StripeFault:
    return StripeFault(
        404,
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs "
        "or we can help at https://support.stripe.com/.",
    )


def not_built(what: str, *, param: str | None = None) -> StripeFault:
    """Stripe knows it, this stand-in does not: never accepted in silence."""
    return StripeFault(400, f"The stand-in does not do this: {what}.", code="standin_not_built", param=param)


def card_declined(payment_intent: dict[str, Any], charge_id: str) -> StripeFault:
    return StripeFault(
        402,
        "Your card was declined.",
        type="card_error",
        code="card_declined",
        decline_code="generic_decline",
        charge=charge_id,
        payment_intent=payment_intent,
        keeps_changes=True,
    )
