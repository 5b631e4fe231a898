"""The queue between the address that Stripe calls and the function that books: Stripe gets its answer at once,
and a payment that cannot be booked now waits where nothing else waits behind it."""

from __future__ import annotations

from chalicelib import cloud, trace
from chalicelib.config import settings
from chalicelib.fund.model import queued_events
from chalicelib.fund.model.stripe_objects import Event, EventNotQueued


def enqueue(event: Event) -> None:
    """Hand over one event. Raises EventNotQueued: Stripe is to deliver it again."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with cloud.permitted("payments"), trace.step("sqs payments"):
            cloud.client("sqs").send_message(
                QueueUrl=settings().payments_queue, MessageBody=queued_events.written(event)
            )
    except (BotoCoreError, ClientError) as error:
        raise EventNotQueued(event=event.event_id) from error
