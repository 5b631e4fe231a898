"""Text messages, through Amazon SNS. ``AWS_ENDPOINT_URL_SNS`` leads them elsewhere."""

from __future__ import annotations

from chalicelib import cloud
from chalicelib.config import settings
from chalicelib.identity.model.faults import SmsUnavailable


def send_sms(number: str, text: str) -> None:
    """Hand one message to the message service. ``number`` in E.164.

    Raises SmsUnavailable when it does not answer or refuses; nothing says whether a message that
    was taken also arrives. Raises PermissionMissing when we may not send any.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with cloud.permitted("SMS"):
            cloud.client("sns").publish(
                PhoneNumber=number,
                Message=text,
                MessageAttributes={
                    "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
                    "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": settings().sms_sender},
                },
            )
    except (BotoCoreError, ClientError) as error:
        raise SmsUnavailable() from error
