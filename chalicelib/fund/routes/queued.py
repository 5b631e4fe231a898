"""What the queue of payments brings: Stripe's events, each booked on its own."""

from __future__ import annotations

from typing import Any, Final

from chalice.app import Blueprint, SQSEvent

from chalicelib import clock
from chalicelib.fund.service import webhooks
from chalicelib.web import background, logs

bp = Blueprint(__name__)
STRIPE_RESERVE_MS: Final = 30_000
"""One call to Stripe that is not answered takes so long, with its repetitions; then no other is tried."""


@bp.on_sqs_message(queue="payments", batch_size=10)
@logs.function
def receive_payments(event: SQSEvent) -> dict[str, Any]:
    """Only the messages that are named in the answer come again; after five tries the queue lays them aside."""
    go_on = background.time_left(event, STRIPE_RESERVE_MS)
    left: list[str] = []
    silent = False
    for record in event.to_dict()["Records"]:
        if silent or not go_on():
            left.append(record["messageId"])
            continue
        with logs.record(record):
            try:
                done = webhooks.handle_queued(record["body"], clock.now_ms())
                logs.ran("receive_payments", event=done.event_id, outcome=done.outcome)
            except Exception as error:
                left.append(record["messageId"])
                # When Stripe does not answer, it does not for the others either
                silent = webhooks.stripe_is_silent(error)
                logs.failed("receive_payments", error, message=record["messageId"], event=_event(record["body"]))
                logs.count("PaymentEventFailed")
    return {"batchItemFailures": [{"itemIdentifier": one} for one in left]}


def _event(body: str) -> str:
    found = webhooks.queued(body)
    return found.event_id if found is not None else ""
