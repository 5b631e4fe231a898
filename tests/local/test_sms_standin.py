"""The SMS stand-in, driven by boto3's own client."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.sms_standin import SmsStandIn

PHONE = "+8613800138000"


@pytest.fixture
def sms() -> Iterator[SmsStandIn]:
    with SmsStandIn() as running:
        yield running


def client(sms: SmsStandIn, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", sms.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "dummy")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "dummy")
    return boto3.client("sns", region_name="cn-north-1", config=Config(retries={"total_max_attempts": 1}))


def read(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def test_a_published_message_is_on_the_page_and_in_the_json(sms: SmsStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    sns = client(sms, monkeypatch)
    first = sns.publish(PhoneNumber=PHONE, Message="【邻里】验证码 482913,<5分钟>内有效", MessageAttributes=attributes)
    sns.publish(PhoneNumber="+8613900139000", Message="给别人的")

    found = json.loads(read(f"{sms.url}/_sms/api/messages?phone=%2B8613800138000"))["messages"]
    assert [one["id"] for one in found] == [first["MessageId"]]
    assert found[0]["text"] == "【邻里】验证码 482913,<5分钟>内有效"
    assert found[0]["attributes"] == {"AWS.SNS.SMS.SMSType": "Transactional"}
    page = read(f"{sms.url}/_sms")
    assert "<strong>482913</strong>,&lt;5分钟&gt;内有效" in page
    assert page.index("给别人的") < page.index("482913")
    assert 'http-equiv="refresh"' in page
    assert "<script" not in page


def test_what_sns_refuses_is_refused(sms: SmsStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    sns = client(sms, monkeypatch)
    for phone, text in (("13800138000", "x"), ("+86", "x"), (PHONE, ""), (PHONE, "字" * 600)):
        with pytest.raises(ClientError) as refused:
            sns.publish(PhoneNumber=phone, Message=text)
        assert refused.value.response["Error"]["Code"] == "InvalidParameter"
    with pytest.raises(ClientError) as unbuilt:
        sns.create_topic(Name="x")
    assert unbuilt.value.response["Error"]["Code"] == "InvalidAction"
    assert sms.messages() == []


def test_unsigned_requests_are_refused(sms: SmsStandIn) -> None:
    body = f"Action=Publish&PhoneNumber=%2B{PHONE[1:]}&Message=x".encode()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(sms.url, data=body))
    assert refused.value.code == 403
    assert sms.messages() == []


def test_ordered_trouble_comes_and_passes(sms: SmsStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    sns = client(sms, monkeypatch)
    sms.fail_next(1)
    with pytest.raises(ClientError) as refused:
        sns.publish(PhoneNumber=PHONE, Message="一")
    assert refused.value.response["Error"]["Code"] == "Throttling"
    sns.publish(PhoneNumber=PHONE, Message="二")
    assert [one.text for one in sms.messages(PHONE)] == ["二"]


def test_messages_outlive_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SmsStandIn(db_path=tmp_path / "deep" / "sms.db") as before:
        client(before, monkeypatch).publish(PhoneNumber=PHONE, Message="还在")
    with SmsStandIn(db_path=tmp_path / "deep" / "sms.db") as after:
        assert [one.text for one in after.messages()] == ["还在"]
