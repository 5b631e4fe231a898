"""What IAM allows each function, asked of the local cloud with the function's own role: every cell of the table in
docs/PERMISSIONS.md, what is allowed and what is refused. Each question is a real call that does nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.template.permissions import FORBIDDEN, LEADING, Case, cases
from infra.template.policies import policies
from tests.cloud.deployed import Deployed
from tests.cloud.local_cloud import REGION

SERVICES = ("dynamodb", "dynamodbstreams", "secretsmanager", "sqs", "s3", "sns")
NOWHERE = "NOBODY#0"
REFUSALS = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403")
Ask = Callable[[Any, Case, Deployed], object]


def arns(deployed: Deployed) -> dict[str, str]:
    found = dict(deployed.outputs)
    account = found["JournalTableArn"].split(":")[4]
    return found | {
        "PaymentsQueue": f"arn:aws:sqs:{REGION}:{account}:linli-dev-payments",
        "ExportsQueue": f"arn:aws:sqs:{REGION}:{account}:linli-dev-exports",
        "FilesBucket": f"arn:aws:s3:::{found['FilesBucket']}",
        "AlarmTopic": found["AlarmTopicArn"],
    }


@pytest.mark.parametrize("function", sorted(policies().functions))
def test_a_function_may_exactly_what_its_policy_says(deployed: Deployed, function: str) -> None:
    clients = dict(zip(SERVICES, deployed.as_clients(function, *SERVICES), strict=True))
    asked: Counter[bool] = Counter()
    wrong = []
    for case in cases(arns(deployed), REGION):
        if case.function != function or case.action not in CALLS:
            continue
        service = "dynamodbstreams" if case.thing == "JournalStreamArn" else case.action.split(":")[0]
        allowed = _answered(clients[service], case, deployed)
        asked[allowed] += 1
        if allowed != case.allowed:
            wrong.append(f"{case.action} on {case.thing} {dict(case.context)}: {'allowed' if allowed else 'refused'}")
    assert wrong == []
    assert asked[True] > 2
    assert asked[False] > 20


def test_every_action_of_the_table_is_asked() -> None:
    named = {action for one in policies().statements.values() for action in one.actions}
    named |= {f"{service}:{action}" for service, actions in FORBIDDEN.items() for action in actions}
    unasked = {one for one in named if one not in CALLS and not one.startswith(("logs:", "xray:", "kms:"))}
    # the first needs an iterator that only the same right gives, the second knows no resource
    assert unasked == {"dynamodb:GetRecords", "dynamodb:ListStreams"}


def test_the_key_opens_nothing_by_itself(deployed: Deployed) -> None:
    """Only through the service that keeps what it encrypts."""
    sealed = deployed.cloud.client("kms").encrypt(KeyId=deployed.outputs["KeyArn"], Plaintext=b"x")["CiphertextBlob"]
    for function in policies().functions:
        kms = deployed.cloud.client("kms", **deployed.as_function(function))
        _refused(kms, "decrypt", CiphertextBlob=sealed)
        _refused(kms, "generate_data_key", KeyId=deployed.outputs["KeyArn"], KeySpec="AES_256")


def test_no_function_makes_itself_more_powerful(deployed: Deployed) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    allow_all = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    for function in policies().functions:
        iam, functions = deployed.as_clients(function, "iam", "lambda")
        _refused(iam, "put_role_policy", RoleName=deployed.role(function), PolicyName="more", PolicyDocument=allow_all)
        _refused(iam, "create_user", UserName="me-too")
        name = deployed.function(function)
        _refused(functions, "update_function_configuration", FunctionName=name, Timeout=1)
        _refused(functions, "invoke", FunctionName=deployed.function("make_first_administrator"))


def _refused(client: Any, operation: str, **arguments: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        getattr(client, operation)(**arguments)
    assert refusal.value.response["Error"]["Code"] in REFUSALS, refusal.value


def _answered(client: Any, case: Case, deployed: Deployed) -> bool:
    """Whether the call came through to the service, whatever that thought of it."""
    try:
        CALLS[case.action](client, case, deployed)
    except ClientError as error:
        return error.response["Error"]["Code"] not in REFUSALS
    return True


def _table(case: Case) -> str:
    return case.resource.split("/")[1]


def _key(case: Case) -> dict[str, Any]:
    leading = dict(case.context).get(LEADING, NOWHERE)
    sort = {} if case.thing.startswith("Journal") else {"sk": {"S": "#"}}
    return {"pk": {"S": leading}, **sort}


def _index(case: Case) -> dict[str, Any]:
    """An index of the table, or the table itself."""
    return {"IndexName": case.resource.rsplit("/", 1)[1]} if "/index/" in case.resource else {}


def _hash(case: Case) -> str:
    return {"by_day": "d", "by_1": "pk_1"}.get(_index(case).get("IndexName", ""), "pk")


_NOT_THERE: Mapping[str, Any] = {"ConditionExpression": "attribute_exists(nothing_has_this)"}
_PARTIQL = {
    "Select": "SELECT * FROM \"{0}\" WHERE pk = '{1}'",
    "Insert": "INSERT INTO \"{0}\" VALUE {{'pk': '{1}', 'sk': '#'}}",
    "Update": "UPDATE \"{0}\" SET x = 1 WHERE pk = '{1}' AND sk = '#'",
    "Delete": "DELETE FROM \"{0}\" WHERE pk = '{1}' AND sk = '#'",
}


def _partiql(kind: str) -> Ask:
    def ask(client: Any, case: Case, _: Deployed) -> object:
        return client.execute_statement(Statement=_PARTIQL[kind].format(_table(case), NOWHERE))

    return ask


def _queue(case: Case, deployed: Deployed) -> str:
    return deployed.outputs["PaymentsQueueUrl" if "payments" in case.resource else "ExportsQueueUrl"]


def _object(case: Case) -> dict[str, str]:
    bucket, _, key = case.resource.removeprefix("arn:aws:s3:::").partition("/")
    return {"Bucket": bucket, "Key": f"{key}-not-there"}


def _publish(client: Any, case: Case, _: Deployed) -> object:
    if case.thing == "*":
        return client.publish(PhoneNumber="+8613900000000", Message="permission test")
    return client.publish(TopicArn=case.resource, Message="permission test")


def _transact(kind: str, more: Callable[[Case], dict[str, Any]]) -> Callable[[Any, Case], object]:
    def ask(client: Any, case: Case) -> object:
        return client.transact_write_items(TransactItems=[{kind: {"TableName": _table(case), **more(case)}}])

    return ask


def _both(single: Callable[[Any, Case], object], transacted: Callable[[Any, Case], object]) -> Ask:
    """By itself and within a transaction: refused if either is."""

    def ask(client: Any, case: Case, _: Deployed) -> object:
        for call in (single, transacted):
            try:
                call(client, case)
            except ClientError as error:
                if error.response["Error"]["Code"] in REFUSALS:
                    raise
        return None

    return ask


CALLS: dict[str, Ask] = {
    "dynamodb:GetItem": lambda c, case, _: c.get_item(TableName=_table(case), Key=_key(case)),
    "dynamodb:Query": lambda c, case, _: c.query(
        TableName=_table(case), KeyConditionExpression="#h = :h", ExpressionAttributeNames={"#h": _hash(case)},
        ExpressionAttributeValues={":h": {"S": NOWHERE}}, **_index(case)),
    "dynamodb:Scan": lambda c, case, _: c.scan(TableName=_table(case), Limit=1, **_index(case)),
    "dynamodb:PutItem": _both(
        lambda c, case: c.put_item(TableName=_table(case), Item=_key(case), **_NOT_THERE),
        _transact("Put", lambda case: {"Item": _key(case), **_NOT_THERE})),
    "dynamodb:UpdateItem": _both(
        lambda c, case: c.update_item(TableName=_table(case), Key=_key(case), UpdateExpression="REMOVE x",
                                      **_NOT_THERE),
        _transact("Update", lambda case: {"Key": _key(case), "UpdateExpression": "REMOVE x", **_NOT_THERE})),
    "dynamodb:DeleteItem": _both(
        lambda c, case: c.delete_item(TableName=_table(case), Key=_key(case), **_NOT_THERE),
        _transact("Delete", lambda case: {"Key": _key(case), **_NOT_THERE})),
    "dynamodb:ConditionCheckItem": lambda c, case, _: _transact(
        "ConditionCheck", lambda case: {"Key": _key(case), **_NOT_THERE})(c, case),
    "dynamodb:BatchWriteItem": lambda c, case, _: c.batch_write_item(
        RequestItems={_table(case): [{"DeleteRequest": {"Key": _key(case)}}]}),
    "dynamodb:PartiQLSelect": _partiql("Select"),
    "dynamodb:PartiQLInsert": _partiql("Insert"),
    "dynamodb:PartiQLUpdate": _partiql("Update"),
    "dynamodb:PartiQLDelete": _partiql("Delete"),
    # a table's deletion protection stands behind a refusal that were not there
    "dynamodb:DeleteTable": lambda c, case, _: c.delete_table(TableName=_table(case)),
    "dynamodb:UpdateTable": lambda c, case, _: c.update_table(TableName=_table(case), BillingMode="PAY_PER_REQUEST"),
    "dynamodb:DeleteResourcePolicy": lambda c, case, _: c.delete_resource_policy(
        ResourceArn=case.resource, ExpectedRevisionId="no-such-revision"),
    "dynamodb:DescribeStream": lambda c, case, _: c.describe_stream(StreamArn=case.resource),
    "dynamodb:GetShardIterator": lambda c, case, _: c.get_shard_iterator(
        StreamArn=case.resource, ShardId="shardId-00000000000000000000-00000000", ShardIteratorType="LATEST"),
    "secretsmanager:GetSecretValue": lambda c, case, _: c.get_secret_value(SecretId=case.resource),
    "secretsmanager:PutSecretValue": lambda c, case, _: c.put_secret_value(
        SecretId=case.resource, SecretString="{}", VersionStages=["LINLI-TEST"]),
    "sqs:SendMessage": lambda c, case, deployed: c.send_message(
        QueueUrl=_queue(case, deployed), MessageBody="x", DelaySeconds=901),
    "sqs:ReceiveMessage": lambda c, case, deployed: c.receive_message(
        QueueUrl=_queue(case, deployed), VisibilityTimeout=0),
    "sqs:DeleteMessage": lambda c, case, deployed: c.delete_message(
        QueueUrl=_queue(case, deployed), ReceiptHandle="none"),
    "sqs:GetQueueAttributes": lambda c, case, deployed: c.get_queue_attributes(
        QueueUrl=_queue(case, deployed), AttributeNames=["QueueArn"]),
    "sqs:PurgeQueue": lambda c, case, deployed: c.purge_queue(QueueUrl=_queue(case, deployed)),
    "s3:GetObject": lambda c, case, _: c.get_object(**_object(case)),
    "s3:PutObject": lambda c, case, _: c.put_object(**_object(case), Body=b"x"),
    "s3:DeleteObject": lambda c, case, _: c.delete_object(**_object(case)),
    "s3:AbortMultipartUpload": lambda c, case, _: c.abort_multipart_upload(**_object(case), UploadId="none"),
    "s3:ListBucket": lambda c, case, _: c.list_objects_v2(Bucket=_object(case)["Bucket"], MaxKeys=1),
    "sns:Publish": _publish,
    "sns:Subscribe": lambda c, case, _: c.subscribe(
        TopicArn=case.resource, Protocol="email", Endpoint="nobody@example.org"),
}  # fmt: skip
