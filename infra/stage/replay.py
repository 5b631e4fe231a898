"""`make replay STAGE=dev QUEUE=payments`: what lies in a dead-letter queue, and sending it back to where it came from.

    make replay STAGE=dev QUEUE=payments            shows what lies there: ids and codes; changes nothing
    make replay STAGE=dev QUEUE=payments SEND=1     sends all of it back, one by one, after asking (YES=1 does not ask)
    make replay STAGE=dev QUEUE=payments ARGS='--only <message id> --send'
    make replay STAGE=dev QUEUE=payments ARGS='--only <message id> --drop'   removes what can never be done

QUEUE is `payments`, `exports`, or a function that the clock or the journal's stream starts. A message of a queue goes
back into the queue; a function that the clock started is started once more; of the stream the records are read again
and given to the function. Whatever was done already is not done twice: every use case knows its own repetition.

A letter leaves the dead-letter queue only when it has been handed over. Between the two it may be handed over twice.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.stage import account as accounts
from infra.stage.account import Account
from infra.stage.deploy import STAGES, Wanted
from infra.stage.stacks import DeployFailed
from infra.template import functions

QUEUES: Final = ("payments", "exports")
HIDDEN_SECONDS: Final = 300
"""While we look, nobody else takes the letters."""
LETTERS_MAX: Final = 1000
RECORDS_AT_ONCE: Final = 100
GONE: Final = ("TrimmedDataAccessException", "ResourceNotFoundException", "ExpiredIteratorException")


def places() -> tuple[str, ...]:
    """Everything that has a dead-letter queue."""
    return (*QUEUES, *(name for name, given in functions.read().items() if given.has_dead_letters))


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that could not be done. ``about``: ids and codes of what it is, for people."""

    id: str
    since: datetime
    body: str
    about: str
    receipt: str
    carried: dict[str, Any]


class DeadLetters:
    """The dead-letter queue of one place, in the stack of one stage."""

    def __init__(self, account: Account, wanted: Wanted, place: str) -> None:
        self.account, self.place = account, place
        self._outputs = account.stacks.outputs(wanted.app_stack)
        self._given = functions.read().get(place)
        self._logical = place.capitalize() if self._given is None else self._given.logical
        self._url = self._output(f"{self._logical}DeadLettersUrl")

    def letters(self) -> list[Letter]:
        """Oldest first; they are hidden from others for some minutes."""
        found: dict[str, Letter] = {}
        while len(found) < LETTERS_MAX:
            got = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN_SECONDS,
                MessageSystemAttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not got:
                break
            for one in got:
                found[one["MessageId"]] = self._letter(one)
        return sorted(found.values(), key=lambda letter: (letter.since, letter.id))

    def put_back(self, letters: list[Letter]) -> None:
        """What was only looked at is there for others again."""
        for one in letters:
            self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=one.receipt, VisibilityTimeout=0)

    def send(self, letter: Letter) -> str:
        """Hand a letter over and take it out; says what was done. Raises DeployFailed: it stays."""
        if self._given is None:
            url = self._output(f"{self._logical}QueueUrl")
            self._sqs.send_message(QueueUrl=url, MessageBody=letter.body, MessageAttributes=letter.carried)
            done = "is in its queue again"
        elif self._given.started_by == "clock":
            self._invoke("Event", letter.body.encode())
            done = f"{self.place} was started once more"
        else:
            done = self._watch_again(letter)
        self.drop(letter)
        return done

    def drop(self, letter: Letter) -> None:
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    @property
    def _sqs(self) -> Any:
        return self.account.client("sqs")

    def _output(self, name: str) -> str:
        found = self._outputs.get(name)
        if not found:
            raise DeployFailed(f"The stack names no {name}: deploy this version first.")
        return found

    def _letter(self, message: dict[str, Any]) -> Letter:
        since = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        carried = message.get("MessageAttributes", {})
        code = carried.get("ErrorMessage", {}).get("StringValue", "")
        about = " ".join(filter(None, (about_of(message["Body"]), code[:200])))
        return Letter(message["MessageId"], since, message["Body"], about, message["ReceiptHandle"], carried)

    def _invoke(self, kind: str, payload: bytes) -> dict[str, Any]:
        name = self._output(f"{self._logical}Name")
        answer = self.account.client("lambda").invoke(FunctionName=name, InvocationType=kind, Payload=payload)
        said = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise DeployFailed(f"{self.place} failed again: {said.decode()[:300]}")
        told: dict[str, Any] = json.loads(said) if said else {}
        return told

    def _watch_again(self, letter: Letter) -> str:
        try:
            batch = json.loads(letter.body)["DDBStreamBatchInfo"]
        except (ValueError, KeyError, TypeError) as error:
            raise DeployFailed("says nothing of a batch of the stream") from error
        given = 0
        for records in self._records(batch):
            left = self._invoke("RequestResponse", json.dumps({"Records": records}).encode()).get("batchItemFailures")
            if left:
                raise DeployFailed(f"{self.place} could not do {len(left)} of {len(records)} records again")
            given += len(records)
        return f"{given} records were given to {self.place} again"

    def _records(self, batch: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """The records from the first to the last of a batch, as Lambda hands them over."""
        streams, arn = self.account.client("dynamodbstreams"), batch["streamArn"]
        last = int(batch["endSequenceNumber"])
        try:
            iterator = streams.get_shard_iterator(
                StreamArn=arn,
                ShardId=batch["shardId"],
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=batch["startSequenceNumber"],
            )["ShardIterator"]
            while iterator:
                told = streams.get_records(ShardIterator=iterator, Limit=RECORDS_AT_ONCE)
                wanted = [one for one in told["Records"] if int(one["dynamodb"]["SequenceNumber"]) <= last]
                if wanted:
                    yield [as_lambda_has_it(one, arn) for one in wanted]
                if len(wanted) < len(told["Records"]) or not told["Records"]:
                    return
                if int(told["Records"][-1]["dynamodb"]["SequenceNumber"]) >= last:
                    return
                iterator = told.get("NextShardIterator")
        except ClientError as error:
            if error.response["Error"]["Code"] not in GONE:
                raise
            raise DeployFailed(
                "the stream keeps a record for a day, and this one is gone: verify the books, then --drop it"
            ) from error


def about_of(body: str) -> str:
    """Ids and codes of what a message is, whatever stands in it."""
    try:
        told = json.loads(body)
    except ValueError:
        return f"not readable ({len(body)} characters)"
    if not isinstance(told, dict):
        return f"not readable ({len(body)} characters)"
    batch = told.get("DDBStreamBatchInfo")
    if isinstance(batch, dict):
        why = (told.get("requestContext") or {}).get("condition", "")
        return f"{batch.get('batchSize')} records from {batch.get('startSequenceNumber')} {why}".strip()
    known = [told[name] for name in ("id", "type", "object", "job", "time") if isinstance(told.get(name), str)]
    return " ".join(one[:100] for one in known) or f"not readable ({len(body)} characters)"


def as_lambda_has_it(record: dict[str, Any], stream_arn: str) -> dict[str, Any]:
    """A record as the stream gives it, made what Lambda hands over: JSON, bytes in Base64, moments in seconds."""

    def plain(value: object) -> object:
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if isinstance(value, datetime):
            return value.timestamp()
        raise TypeError(type(value).__name__)

    made: dict[str, Any] = json.loads(json.dumps({**record, "eventSourceARN": stream_arn}, default=plain))
    return made


def replay(letters: DeadLetters, *, send: bool = False, drop: bool = False, only: str = "") -> int:
    """Show what lies there; send it back or drop it when asked to. How many letters could not be handed over."""
    account, found = letters.account, letters.letters()
    chosen = [one for one in found if only in ("", one.id)]
    handed: set[str] = set()
    try:
        for one in chosen:
            account.say(f"{one.since:%Y-%m-%d %H:%M:%S} UTC  {one.id}  {one.about}")
        account.say(f"{letters.place}: {len(chosen)} in the dead-letter queue")
        verb = "Send back" if send else "Remove for ever"
        if not chosen or not (send or drop) or not account.person.agrees(f"{verb}: {len(chosen)}?"):
            return 0
        handed |= {one.id for one in chosen if _handed_over(letters, one, send)}
        return len(chosen) - len(handed)
    finally:
        letters.put_back([one for one in found if one.id not in handed])


def _handed_over(letters: DeadLetters, one: Letter, send: bool) -> bool:
    try:
        done = letters.send(one) if send else letters.drop(one) or "was removed"
    except DeployFailed as error:
        letters.account.say(f"{one.id}: stays: {error}")
        return False
    letters.account.say(f"{one.id}: {done}")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.stage.replay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", required=True, choices=STAGES)
    parser.add_argument("--queue", required=True, choices=places())
    parser.add_argument("--only", default="", metavar="MESSAGE_ID", help="this one alone")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--send", action="store_true", help="send it back to where it came from")
    what.add_argument("--drop", action="store_true", help="remove it for ever; needs --only")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    asked = parser.parse_args()
    if asked.drop and not asked.only:
        parser.error("--drop removes one letter: say which with --only")

    def work() -> int:
        letters = DeadLetters(accounts.here(accounts.person(asked.yes)), Wanted(asked.stage), asked.queue)
        return min(replay(letters, send=asked.send, drop=asked.drop, only=asked.only), 1)

    return accounts.run("replay", work)


if __name__ == "__main__":
    sys.exit(main())
