"""Exports by way of a queue and a bucket, as moto plays them, over the real engine."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from moto import mock_aws

from app import app
from chalicelib import clock, cloud, config
from chalicelib.config import SettingMissing
from chalicelib.identity.service import Actor, Role
from chalicelib.reports.gateway import files
from chalicelib.reports.gateway.bucket import PART_BYTES
from chalicelib.reports.model import exports as model
from chalicelib.reports.model.exports import Job
from chalicelib.reports.model.faults import FilesUnavailable, QueueUnavailable
from chalicelib.reports.service import export_runs, exports
from chalicelib.reports.service.export_runs import Content, Progress
from chalicelib.reports.store import exports as store
from chalicelib.web.logs import FunctionFailed
from chalicelib.web.render import content_disposition
from tests.store.fund import spending as fund
from tests.store.fund.people import NOW
from tests.store.reports.exporting import asked, granted, run
from tests.store.reports.spent import street

pytestmark = pytest.mark.usefixtures("tables")
BUCKET = "linli-test-files"
TRIES = 3


@dataclass
class Cloud:
    """The bucket, the queue with its dead letters, and Lambda between the queue and our function."""

    queue: str
    dead: str

    @property
    def s3(self) -> Any:
        return cloud.client("s3")

    def waiting(self) -> list[dict[str, Any]]:
        asked = {"QueueUrl": self.queue, "MaxNumberOfMessages": 1, "VisibilityTimeout": 0}
        found: list[dict[str, Any]] = cloud.client("sqs").receive_message(**asked).get("Messages", [])
        return found

    def laid_aside(self) -> list[str]:
        got = cloud.client("sqs").receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [one["Body"] for one in got.get("Messages", [])]

    def poll(self, now_ms: int = NOW + 1000) -> bool:
        """One message as Lambda hands it over, deleted unless the function fails; whether there was one."""
        got = self.waiting()
        for one in got:
            record = {"messageId": one["MessageId"], "receiptHandle": one["ReceiptHandle"], "body": one["Body"],
                      "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs"}  # fmt: skip
            try:
                with clock.at(now_ms):
                    app.handler_map["run_exports"]({"Records": [record]}, Lambda())
            except FunctionFailed:
                continue
            cloud.client("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
        return bool(got)

    def keys(self) -> list[str]:
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def unfinished(self) -> list[str]:
        return [one["Key"] for one in self.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]


class Lambda:
    """The context of an invocation."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 900_000


@pytest.fixture
def manager(tables: object) -> Actor:
    who, _ = street()
    with clock.at(NOW):
        fund.open_fund()
    return granted(who, Role.FUND_MANAGER, "fund:main")


@pytest.fixture
def aws(manager: Actor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with mock_aws():
        cloud.forget_clients()
        cloud.client("s3").create_bucket(Bucket=BUCKET)
        sqs = cloud.client("sqs")
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(TRIES)})
        queue = sqs.create_queue(QueueName="exports", Attributes={"RedrivePolicy": policy})["QueueUrl"]
        monkeypatch.setenv("LINLI_EXPORTS_QUEUE", queue)
        monkeypatch.setenv("LINLI_FILES", f"s3://{BUCKET}")
        config.settings.cache_clear()
        yield Cloud(queue, dead)
    cloud.forget_clients()
    config.settings.cache_clear()


def job(actor: Actor, one: Job) -> Job:
    return exports.job(actor, one.id)


def test_from_the_page_over_the_queue_into_the_bucket_and_home(manager: Actor, aws: Cloud) -> None:
    one = asked(manager, "journal")
    assert [json.loads(message["Body"]) for message in aws.waiting()] == [{"job": one.id}]
    assert aws.poll()
    assert not aws.poll(), "the message is gone"
    done = job(manager, one)
    assert (done.state, aws.keys()) == ("done", [f"exports/{one.id}/1"])
    told = content_disposition(done.name)
    _, address, until = exports.link(manager, one.id, told, NOW)
    parts, query = urlsplit(address), parse_qs(urlsplit(address).query)
    assert (parts.scheme, BUCKET in parts.netloc + parts.path) == ("https", True)
    assert (query["X-Amz-Expires"], query["X-Amz-Algorithm"]) == (["300"], ["AWS4-HMAC-SHA256"])
    assert query["response-content-disposition"] == [told]
    assert until == NOW + 300_000
    answer = requests.get(address, timeout=10)
    assert hashlib.sha256(answer.content).hexdigest() == done.sha256
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert b"opening" in answer.content


def test_a_message_that_comes_twice_makes_one_file(manager: Actor, aws: Cloud) -> None:
    one = asked(manager, "journal")
    assert asked(manager, "journal").id == one.id, "the same form, sent twice, puts a second message there"
    while aws.poll():
        pass
    assert aws.keys() == [f"exports/{one.id}/1"]
    assert aws.laid_aside() == []


def large(progress: Progress, parts: int = 3) -> Iterator[bytes]:
    """Pieces of a file of so many parts and a little."""
    piece = bytes(range(256)) * 1024
    for at in range(PART_BYTES * parts // len(piece)):
        yield piece
        progress.row(at)
    yield b"the end"


def test_a_large_file_goes_in_parts_and_holds_every_byte(manager: Actor, aws: Cloud) -> None:
    one = asked(manager, "journal")

    def make(of: Job, progress: Progress) -> Content:
        return Content("a.bin", "application/octet-stream", large(progress))

    assert export_runs.run(one.id, make, now=lambda: NOW, left_ms=lambda: 1e9) == "done"
    found = aws.s3.get_object(Bucket=BUCKET, Key=f"exports/{one.id}/1")
    body = found["Body"].read()
    assert found["ETag"].strip('"').endswith("-4"), "four parts"
    assert len(body) == PART_BYTES * 3 + 7 == job(manager, one).bytes
    assert hashlib.sha256(body).hexdigest() == job(manager, one).sha256
    assert aws.unfinished() == []


class Killed(BaseException):
    """The process ends here; what it would still have cleared away stays."""


def test_what_a_killed_run_left_in_the_bucket_is_cleared_away_by_the_next(manager: Actor, aws: Cloud) -> None:
    one = asked(manager, "journal")
    found = store.job(one.id)
    assert found is not None

    def make(of: Job, progress: Progress) -> Content:
        # As the run itself does, but nothing is abandoned when the process is gone.
        upload = files.store().begin(of.file, "text/plain")
        for piece in large(progress, 1):
            upload.write(piece)
        progress.upload = upload
        progress.beat()
        raise Killed()

    with pytest.raises(Killed):
        export_runs.run(one.id, make, now=lambda: NOW, left_ms=lambda: 1e9)
    assert aws.unfinished() == [f"exports/{one.id}/1"]
    assert job(manager, one).upload
    aws.poll(NOW + 1000)
    assert job(manager, one).state == "running", "its lease still holds: the message stays"
    assert aws.poll(NOW + model.LEASE_MS + 1)
    assert (job(manager, one).state, aws.unfinished(), aws.keys()) == ("done", [], [f"exports/{one.id}/2"])


def test_a_cancelled_large_file_leaves_no_parts(manager: Actor, aws: Cloud) -> None:
    one = asked(manager, "journal")

    def make(of: Job, progress: Progress) -> Content:
        def pieces() -> Iterator[bytes]:
            yield from large(progress, 2)
            assert aws.unfinished()
            exports.cancel(manager, one.id, NOW)

        return Content("a.bin", "application/octet-stream", pieces())

    assert export_runs.run(one.id, make, now=lambda: NOW, left_ms=lambda: 1e9) == "cancelled"
    assert (aws.unfinished(), aws.keys()) == ([], [])


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"job": 7}', '{"job": "x"}', '{"job": null}', "甲" * 1000])
def test_a_message_that_is_none_goes_to_the_dead_letters(aws: Cloud, body: str) -> None:
    if not body:
        body = " "
    cloud.client("sqs").send_message(QueueUrl=aws.queue, MessageBody=body)
    for _ in range(TRIES):
        assert aws.poll()
    assert not aws.poll()
    assert aws.laid_aside() == [body]


def test_a_job_that_is_no_more_is_done_with(aws: Cloud) -> None:
    cloud.client("sqs").send_message(QueueUrl=aws.queue, MessageBody=json.dumps({"job": fund.submission("gone")}))
    assert aws.poll()
    assert not aws.poll()
    assert aws.laid_aside() == []


def test_a_bucket_that_is_gone_is_told_by_name_and_the_message_laid_aside(manager: Actor, aws: Cloud) -> None:
    one = asked(manager, "journal")
    aws.s3.delete_bucket(Bucket=BUCKET)
    with pytest.raises(FilesUnavailable) as wrong:
        run(one)
    assert wrong.value.fields == {"reason": "NoSuchBucket"}
    assert aws.poll()
    assert job(manager, one).state == "queued"
    assert aws.poll()
    assert (job(manager, one).state, job(manager, one).why) == ("failed", "files_unavailable")
    assert job(manager, one).fields == {"reason": "NoSuchBucket"}


def test_a_queue_that_is_gone_is_told_and_the_same_form_begins_it_later(manager: Actor, aws: Cloud) -> None:
    cloud.client("sqs").delete_queue(QueueUrl=aws.queue)
    with pytest.raises(QueueUnavailable):
        asked(manager, "journal")
    again = cloud.client("sqs").create_queue(QueueName="exports")["QueueUrl"]
    assert again == aws.queue
    one = asked(manager, "journal")
    assert aws.poll()
    assert job(manager, one).state == "done"


def test_a_cloud_without_a_queue_or_a_bucket_says_which_setting_is_missing(
    manager: Actor, aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LINLI_EXPORTS_QUEUE", "LINLI_FILES"):
        kept = os.environ[name]
        monkeypatch.delenv(name)
        config.settings.cache_clear()
        with pytest.raises(SettingMissing) as missing:
            asked(manager, "journal")
        assert missing.value.fields["name"] == name
        monkeypatch.setenv(name, kept)
    config.settings.cache_clear()
    assert exports.jobs(manager) == ([], ""), "and nothing is half begun"


def test_a_folder_keeps_its_files_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_FILES", f"file://{tmp_path / '一 folder'}")
    config.settings.cache_clear()
    for key in ("../a", "/etc/passwd", "exports/../../a", ""):
        with pytest.raises(ValueError, match="stays within"):
            files.store().begin(key, "text/plain")
    upload = files.store().begin("exports/a/1", "text/plain")
    upload.write(b"x")
    assert files.folder_path("exports/a/1") is None, "nothing is seen before it is whole"
    upload.finish()
    assert files.folder_path("exports/a/1") == tmp_path / "一 folder" / "exports" / "a" / "1"
    assert files.clear_folder(3600) == 0
    os.utime(tmp_path / "一 folder" / "exports" / "a" / "1", (0, 0))
    assert files.clear_folder(3600) == 1
    config.settings.cache_clear()
