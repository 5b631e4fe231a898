"""What the journal's stream brings."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib import clock
from chalicelib.config import settings
from chalicelib.reports.service import watch as service
from chalicelib.web import logs

bp = Blueprint(__name__)


@bp.on_dynamodb_record(stream_arn="journal", batch_size=100, starting_position="TRIM_HORIZON")
@logs.function
def watch_journal(event: DynamoDBEvent) -> dict[str, Any]:
    """Only the records that are named in the answer come again; after its tries Lambda lays them aside."""
    made = service.watch(event.to_dict()["Records"], settings().stage, clock.now_ms(), _found)
    for number, error in made.failed.items():
        logs.failed("watch_journal", error, sequence_number=number)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in made.failed]}


def _found(one: service.Suspicion) -> None:
    logs.found("watch_journal", what=one.what, entry=one.entry_id, detail=one.detail)
    logs.count("JournalChanged", what=one.what, entry=one.entry_id)
