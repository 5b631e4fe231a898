"""An export from the page over the queue into the bucket and home by a link that S3 itself judges."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cloud.local_cloud import eventually
from tests.cloud.street import Street


@pytest.fixture(scope="module")
def told(street: Street) -> Street:
    """A gift that is in the books."""
    street.booked(30, name="赵女士")
    return street


def asked(street: Street, who: str, kind: str) -> str:
    """The page of an export that was just begun."""
    person = street[who].go(f"/staff/exports/new?kind={kind}")
    person.send("/staff/exports")
    assert (person.status, person.to.startswith("/staff/exports/")) == (303, True), person.words
    return person.to


def test_the_journal_goes_over_the_queue_into_the_bucket_and_home_by_a_link(told: Street) -> None:
    supervisor = told["supervisor"]
    page = asked(told, "supervisor", "journal")
    eventually(lambda: "文件已生成" in supervisor.go(page).words, "the file of the export", 120)
    digest = re.search(r"[0-9a-f]{64}", supervisor.words)
    supervisor.get(f"{page}/file")
    assert supervisor.status == 303
    address = supervisor.headers["location"]
    assert parse_qs(urlsplit(address).query)["X-Amz-Expires"] == ["300"]
    with urllib.request.urlopen(address, timeout=30) as answer:
        body, headers = answer.read(), answer.headers
    assert digest is not None
    assert hashlib.sha256(body).hexdigest() == digest[0]
    assert b"income:" in body
    assert headers["content-disposition"].startswith("attachment; ")
    forged = address.replace("X-Amz-Expires=300", "X-Amz-Expires=86400")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(forged, timeout=30)
    assert refused.value.code == 403
    # nobody else sees the job, and no address of one machine is served here
    assert told["manager"].get(page).status == 404
    assert told.stranger().get("/files/x").status in (403, 404)


def test_the_verification_from_the_page_is_done_by_the_function_of_exports(told: Street) -> None:
    supervisor = told["supervisor"].go("/staff/books")
    supervisor.send("/staff/books/verify")
    page = supervisor.to
    eventually(lambda: "账目核对一致" in supervisor.go(page).words, "the verification", 120)


def test_a_message_that_is_no_export_holds_up_nothing(told: Street) -> None:
    deployed = told.deployed
    queue = deployed.outputs["ExportsQueueUrl"]
    sqs = deployed.cloud.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"job": "nonsense"}))
    manager, page = told["manager"], asked(told, "manager", "report_csv")
    eventually(lambda: "文件已生成" in manager.go(page).words, "the export behind the poison", 120)
