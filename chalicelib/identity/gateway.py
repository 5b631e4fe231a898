"""Text messages, through Amazon SNS. ``AWS_ENDPOINT_URL_SNS`` leads them elsewhere."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chalicelib.config import settings
from chalicelib.identity.model.faults import SmsUnavailable


def send_sms(number: str, text: str) -> None:
    """Hand one message to the message service. ``number`` in E.164.

    Raises SmsUnavailable when it does not answer or refuses; nothing says whether a message that
    was taken also arrives.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        _client().publish(
            PhoneNumber=number,
            Message=text,
            MessageAttributes={
                "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
                "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": settings().sms_sender},
            },
        )
    except (BotoCoreError, ClientError) as error:
        raise SmsUnavailable() from error


@lru_cache(maxsize=1)
def _client() -> Any:
    import boto3
    from botocore.config import Config

    # A person waits at the screen: two quick tries, not the library's usual minute.
    return boto3.client("sns", config=Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 2}))


def forget_client() -> None:
    """Connect afresh at the next message: after the endpoint changes."""
    _client.cache_clear()
