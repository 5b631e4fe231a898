"""A stage on the local cloud: both stacks deployed from the package, and short ways to what is in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.cloud.local_cloud import REGION, LocalCloud, eventually
from tests.cloud.person import Address, Person

Json = dict[str, Any]


@dataclass
class Deployed:
    cloud: LocalCloud
    stage: str
    outputs: dict[str, str]
    """Of the data stack and of the app's stack."""
    told: str = ""
    """What the command printed."""

    @cached_property
    def address(self) -> Address:
        return Address(self.cloud.port, self.outputs["RestAPIId"])

    def person(self, phone: str = "") -> Person:
        return Person(address=self.address, cloud=self.cloud, phone=phone)

    def function(self, name: str) -> str:
        """The name that CloudFormation gave a function; ``name`` as in infra/functions.yaml."""
        return self.outputs[_logical(name) + "Name"]

    def dead_letters(self, name: str) -> str:
        """The address of a queue of what a function or queue gave up on."""
        return self.outputs[name + "DeadLettersUrl"]

    def invoke(self, name: str, event: Json | None = None) -> Answered:
        """Run a function with the event that starts it, and wait for its answer."""
        told = self.cloud.client("lambda").invoke(
            FunctionName=self.function(name), Payload=json.dumps(event or clock_event())
        )
        return Answered(json.loads(told["Payload"].read() or b"null"), told.get("FunctionError", ""))

    def invoke_later(self, name: str, event: Json | None = None) -> None:
        """As EventBridge does: tried again when it fails, then laid aside."""
        self.cloud.client("lambda").invoke(
            FunctionName=self.function(name), InvocationType="Event", Payload=json.dumps(event or clock_event())
        )

    def waiting(self, queue_url: str) -> int:
        found = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        )["Attributes"]
        return sum(int(number) for number in found.values())

    def empty(self, queue_url: str) -> None:
        self.cloud.client("sqs").purge_queue(QueueUrl=queue_url)

    def items(self, table: str, pk: str = "") -> Iterator[Json]:
        """Everything in a table ("Journal", "Balances", "App"), or what begins with ``pk``."""
        pages = self.cloud.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs[table + "Table"])
        return (item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(pk))

    @contextmanager
    def settings(self, name: str, **changed: str | None) -> Iterator[None]:
        """Within the block a function has other settings, or lacks those that are None; its next call starts afresh."""
        functions, full = self.cloud.client("lambda"), self.function(name)
        before = functions.get_function_configuration(FunctionName=full)["Environment"]["Variables"]
        given = {key: value for key, value in {**before, **changed}.items() if value is not None}
        functions.update_function_configuration(FunctionName=full, Environment={"Variables": given})
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=full, Environment={"Variables": before})

    @contextmanager
    def policy(self, name: str, change: Callable[[list[Json]], list[Json]]) -> Iterator[None]:
        """Within the block a function's role has another policy."""
        iam, role = self.cloud.client("iam"), self.role(name)
        [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        changed = {**document, "Statement": change(list(document["Statement"]))}
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(changed))
        try:
            yield
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    def role(self, name: str) -> str:
        found = self.cloud.client("lambda").get_function_configuration(FunctionName=self.function(name))["Role"]
        return str(found).rsplit("/", 1)[1]

    def runs(self, name: str) -> int:
        """How often a function was called so far."""
        return len(self.cloud.logs(self.function(name), "START RequestId"))

    def as_function(self, name: str) -> dict[str, str]:
        """The credentials that a function works with: of its role, and of nothing else."""
        iam, role = self.cloud.client("iam"), self.role(name)
        # only Lambda may take on a role; for the test the account itself may
        trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        account = {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
            "Action": "sts:AssumeRole",
        }
        if account not in trust["Statement"]:
            trust["Statement"].append(account)
            iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
        arn = iam.get_role(RoleName=role)["Role"]["Arn"]
        lent = self.cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return {
            "aws_access_key_id": lent["AccessKeyId"],
            "aws_secret_access_key": lent["SecretAccessKey"],
            "aws_session_token": lent["SessionToken"],
        }

    def as_clients(self, name: str, *services: str) -> list[Any]:
        """Clients of these services with what a function may do."""
        lent = self.as_function(name)
        return [self.cloud.client(service, **lent) for service in services]

    def listen(self, topic_arn: str) -> Listening:
        """A queue that hears what the topic says from now on."""
        sqs, sns = self.cloud.client("sqs"), self.cloud.client("sns")
        url = sqs.create_queue(QueueName=f"ear-{len(sqs.list_queues().get('QueueUrls', []))}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
            ],
        }  # fmt: skip
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        return Listening(self.cloud, url)


@dataclass(frozen=True)
class Answered:
    answer: Any
    error: str


@dataclass
class Listening:
    cloud: LocalCloud
    url: str
    heard: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """What was said since it was last asked."""
        told = self.cloud.client("sqs").receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=600
        )
        return [json.loads(one["Body"])["Message"] for one in told.get("Messages", [])]

    def hears(self, *words: str) -> str:
        """The first message with all of these words."""

        def found() -> str:
            self.heard += self.all()
            return next((text for text in self.heard if all(word in text for word in words)), "")

        return eventually(found, f"a message with {words} among {self.heard}")


def clock_event() -> Json:
    """What EventBridge starts a schedule with."""
    return {
        "id": "00000000-0000-0000-0000-000000000001",
        "account": "000000000000",
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": "2026-11-26T00:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": {},
    }


def _logical(name: str) -> str:
    return "APIHandler" if name == "api_handler" else "".join(part.capitalize() for part in name.split("_"))
