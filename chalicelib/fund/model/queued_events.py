"""What of Stripe's events travels through the queue: which object to look at again, and nothing of a person."""

from __future__ import annotations

import msgspec

from chalicelib.fund.model.stripe_objects import Event


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    type: str
    object: str
    livemode: bool


_reader = msgspec.json.Decoder(_Message)


def written(event: Event) -> str:
    """The body of the message."""
    return msgspec.json.encode(_Message(event.event_id, event.kind, event.object_id, event.livemode)).decode()


def read(body: str) -> Event | None:
    """The event in a message's body; None where it is no message of ours."""
    try:
        told = _reader.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None
    return Event(told.id, told.type, told.object, told.livemode)
