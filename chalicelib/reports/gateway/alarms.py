"""Telling people: the topic that whoever looks after the system listens to."""

from __future__ import annotations

from chalicelib import cloud, trace
from chalicelib.config import SettingMissing, settings
from chalicelib.reports.model.faults import AlarmUnavailable


def topic() -> str:
    """Raises SettingMissing: who would be told is not known."""
    found = settings().alarm_topic
    if not found:
        raise SettingMissing(name="LINLI_ALARM_TOPIC")
    return found


def tell(subject: str, text: str) -> None:
    """Send one message to everybody who listens. ``subject``: ASCII, at most 100 characters.

    Raises AlarmUnavailable, SettingMissing, PermissionMissing.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with cloud.permitted("alarms"), trace.step("sns alarms"):
            cloud.client("sns").publish(TopicArn=topic(), Subject=subject, Message=text)
    except (BotoCoreError, ClientError) as error:
        raise AlarmUnavailable(reason=type(error).__name__) from error
