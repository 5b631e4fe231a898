"""`make drill STAGE=…`: can the books be brought back to an earlier moment, and do they hold there?

All three tables are restored to one moment under new names, the verification of the books reads the restored ones
(nothing of the running system is touched), its result is printed, and the restored tables are removed. With
`--keep FILE` they are made ready to take over instead: stream, recovery, protection, expiry and policy as the tables
they came from, which a restore leaves out; FILE is what `make deploy … ARGS='--set @FILE'` is given.

Costs what a restore costs: by the gigabyte, and each restored table by the hour that it stays.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.stage import account as accounts
from infra.stage.account import Account
from infra.stage.deploy import STAGES
from infra.stage.stacks import DeployFailed

TABLES: Final = ("Journal", "Balances", "App")
MARK: Final = "-drill-"
POLL_SECONDS: Final = 10
RESTORE_SECONDS_MAX: Final = 24 * 3600


class DrillFailed(DeployFailed):
    """The drill cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """One table under its new name, and how long that took."""

    kind: str
    source: str
    name: str
    seconds: float


def in_use(cloudformation: Any, stage: str) -> dict[str, str]:
    """The tables and secrets that the stage works with: as the data stack made them, unless the app was deployed
    with others since. Raises DrillFailed."""
    data = _stack(cloudformation, f"linli-{stage}-data")
    if data is None:
        raise DrillFailed(f"there is no stack linli-{stage}-data in this account and region")
    found = {one["OutputKey"]: one["OutputValue"] for one in data.get("Outputs", [])}
    app = _stack(cloudformation, f"linli-{stage}") or {}
    return found | {one["ParameterKey"]: one["ParameterValue"] for one in app.get("Parameters", [])}


def _stack(cloudformation: Any, name: str) -> dict[str, Any] | None:
    try:
        return dict(cloudformation.describe_stacks(StackName=name)["Stacks"][0])
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise


def latest_moment(dynamodb: Any, sources: dict[str, str]) -> datetime:
    """The latest moment that all tables can be brought back to. Raises DrillFailed."""
    latest = []
    for name in sources.values():
        found = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = found.get("PointInTimeRecoveryDescription", {})
        if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
            raise DrillFailed(f"table {name} has no point-in-time recovery: deploy the data stack first")
        latest.append(recovery["LatestRestorableDateTime"])
    return min(latest)


def restore(
    dynamodb: Any, sources: dict[str, str], at: datetime, tag: str, *, poll_seconds: float = POLL_SECONDS
) -> list[Restored]:
    """All tables as they were at one moment, under new names. Raises DrillFailed; what was begun stays to be seen."""
    began = time.monotonic()
    names = {kind: f"{source}{MARK}{tag}" for kind, source in sources.items()}
    for kind, source in sources.items():
        asked: dict[str, Any] = {"SourceTableName": source, "TargetTableName": names[kind], "RestoreDateTime": at}
        key = dynamodb.describe_table(TableName=source)["Table"].get("SSEDescription", {}).get("KMSMasterKeyArn")
        if key:
            asked["SSESpecificationOverride"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        dynamodb.restore_table_to_point_in_time(**asked)
    done: list[Restored] = []
    waiting = dict(names)
    while waiting:
        if time.monotonic() - began > RESTORE_SECONDS_MAX:
            raise DrillFailed(f"not restored within a day: {', '.join(waiting.values())}; see the DynamoDB console")
        for kind, name in list(waiting.items()):
            if dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE":
                done.append(Restored(kind, sources[kind], name, time.monotonic() - began))
                del waiting[kind]
        if waiting:
            time.sleep(poll_seconds)
    return done


def findings(restored: list[Restored], at: datetime) -> tuple[int, list[Any]]:
    """(how many entries, what does not hold) in the restored books, judged as of their own moment."""
    for one in restored:
        os.environ[f"LINLI_TABLE_{one.kind.upper()}"] = one.name
    from chalicelib import config, table
    from chalicelib.reports.service import verify_books

    config.settings.cache_clear()
    table.forget_connections()
    entries = 0

    def seen(number: int) -> None:
        nonlocal entries
        entries = number

    wrong = list(verify_books(int(at.timestamp() * 1000), tries=1, seen=seen))
    return entries, wrong


def make_ready(dynamodb: Any, restored: list[Restored], *, poll_seconds: float = POLL_SECONDS) -> dict[str, str]:
    """What a restore leaves out, as on the tables they came from; the parameters for the deploy."""
    parameters: dict[str, str] = {}
    for one in restored:
        source = dynamodb.describe_table(TableName=one.source)["Table"]
        changes: dict[str, Any] = {"DeletionProtectionEnabled": bool(source.get("DeletionProtectionEnabled"))}
        if source.get("StreamSpecification", {}).get("StreamEnabled"):
            changes["StreamSpecification"] = source["StreamSpecification"]
        dynamodb.update_table(TableName=one.name, **changes)
        _wait_active(dynamodb, one.name, poll_seconds)
        dynamodb.update_continuous_backups(
            TableName=one.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        ttl = dynamodb.describe_time_to_live(TableName=one.source)["TimeToLiveDescription"]
        if ttl.get("TimeToLiveStatus") == "ENABLED":
            dynamodb.update_time_to_live(
                TableName=one.name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": ttl["AttributeName"]},
            )
        made = dynamodb.describe_table(TableName=one.name)["Table"]
        _copy_policy(dynamodb, source["TableArn"], made["TableArn"])
        parameters |= {f"{one.kind}Table": one.name, f"{one.kind}TableArn": made["TableArn"]}
        if "LatestStreamArn" in made:
            parameters[f"{one.kind}StreamArn"] = made["LatestStreamArn"]
    return parameters


def remove(dynamodb: Any, restored: list[Restored]) -> None:
    for one in restored:
        if MARK not in one.name:
            raise DrillFailed(f"{one.name} is not a drill's table")
        dynamodb.delete_table(TableName=one.name)


def _wait_active(dynamodb: Any, name: str, poll_seconds: float) -> None:
    while dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(poll_seconds)


def _copy_policy(dynamodb: Any, source_arn: str, target_arn: str) -> None:
    try:
        policy = dynamodb.get_resource_policy(ResourceArn=source_arn)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "PolicyNotFoundException":
            return
        raise
    # it names its table
    dynamodb.put_resource_policy(ResourceArn=target_arn, Policy=policy.replace(source_arn, target_arn))


def run(account: Account, stage: str, at: datetime | None, *, keep: Path | None, poll_seconds: float) -> int:
    """The whole drill; how many findings there are. Raises DrillFailed, and what the AWS libraries raise."""
    say = account.say
    found = in_use(account.client("cloudformation"), stage)
    dynamodb = account.client("dynamodb")
    sources = {kind: found[f"{kind}Table"] for kind in TABLES}
    for kind in ("SigningKeys", "DataKeys"):
        os.environ[f"LINLI_{kind.removesuffix('Keys').upper()}_KEYS_SECRET"] = found[f"{kind}SecretArn"]
    moment = at or latest_moment(dynamodb, sources)
    say(f"restoring to {moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC: {', '.join(sources.values())}")
    restored = restore(dynamodb, sources, moment, f"{datetime.now(UTC):%Y%m%d%H%M%S}", poll_seconds=poll_seconds)
    try:
        for one in restored:
            say(f"  {one.name}: there after {one.seconds:.0f} s")
        began = time.monotonic()
        entries, wrong = findings(restored, moment)
        say(f"verified {entries} entries in {time.monotonic() - began:.1f} s: {len(wrong)} findings")
        for finding in wrong:
            say(f"  {finding}")
        if keep:
            parameters = make_ready(dynamodb, restored, poll_seconds=poll_seconds)
            keep.write_text(json.dumps(parameters, indent=1))
            say(f"ready to take over: make deploy STAGE={stage} ARGS='--set @{keep}'")
    finally:
        if not keep:
            remove(dynamodb, restored)
            say("the restored tables are removed")
    return len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.stage.drill", description="restore the books and verify them"
    )
    parser.add_argument("--stage", required=True, choices=STAGES)
    parser.add_argument("--at", help="the moment, such as 2026-11-26T03:00:00+08:00; default: the latest possible")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="keep the restored tables, make them ready to take over, write the deploy's parameters into FILE",
    )
    parser.add_argument("--poll-seconds", type=float, default=POLL_SECONDS)
    asked = parser.parse_args()
    try:
        at = datetime.fromisoformat(asked.at) if asked.at else None
    except ValueError:
        parser.error(f"--at is no moment: {asked.at}; such as 2026-11-26T03:00:00+08:00")
    if at is not None and at.tzinfo is None:
        parser.error("--at needs a time zone, such as +08:00")

    def drill() -> int:
        account = accounts.here(accounts.person(False))
        return min(run(account, asked.stage, at, keep=asked.keep, poll_seconds=asked.poll_seconds), 1)

    return accounts.run("drill", drill)


if __name__ == "__main__":
    sys.exit(main())
