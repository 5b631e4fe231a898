"""The SMS gateway against two receivers: moto's SNS and the stand-in of one machine meet the same contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns import sns_backends

from chalicelib import cloud
from chalicelib.identity import gateway
from chalicelib.identity.model.faults import SmsUnavailable
from local.sms_standin import SmsStandIn

Sent = Callable[[], list[tuple[str, str]]]


@pytest.fixture(params=["moto", "stand-in"])
def receiver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """Where messages go; gives what arrived there as (number, text), oldest first."""
    cloud.forget_clients()
    if request.param == "moto":
        monkeypatch.delenv("AWS_ENDPOINT_URL_SNS", raising=False)
        with mock_aws():
            backend = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
            yield lambda: [(m[0], m[1]) for m in backend.sms_messages.values()]
    else:
        with SmsStandIn() as sms:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", sms.url)
            yield lambda: [(one.phone, one.text) for one in reversed(sms.messages())]
    cloud.forget_clients()


def test_a_message_arrives_with_its_number_and_every_character(receiver: Sent) -> None:
    gateway.send_sms("+8613800000000", "【示范街道】登录验证码:012345,5分钟内有效。㛃䶮🙂")
    gateway.send_sms("+8613900000000", "第二条")
    assert receiver() == [
        ("+8613800000000", "【示范街道】登录验证码:012345,5分钟内有效。㛃䶮🙂"),
        ("+8613900000000", "第二条"),
    ]


def test_what_is_no_phone_number_is_refused(receiver: Sent) -> None:
    with pytest.raises(SmsUnavailable):
        gateway.send_sms("not-a-number", "x")
    assert receiver() == []


def test_a_role_that_may_not_send_is_told_so_and_no_number_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with SmsStandIn() as sms, caplog.at_level("DEBUG", "linli"):
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", sms.url)
        cloud.forget_clients()
        sms.fail_next(1, "AuthorizationError")
        with pytest.raises(cloud.PermissionMissing) as told:
            gateway.send_sms("+8613800000000", "x")
        gateway.send_sms("+8613800000000", "x")
    cloud.forget_clients()
    assert told.value.fields == {"action": "Publish", "resource": "SMS"}
    assert "permission_missing: Publish on SMS" in caplog.text
    assert "13800000000" not in caplog.text
