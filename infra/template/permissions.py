"""``make permissions`` writes docs/PERMISSIONS.md from the policies: what each function may do, and on what.

``cases`` gives the same as single questions with their answers, for the local cloud to be asked: every action that
any function has, and those that none must have, on every resource of its service, for every function. Both ways: what
is allowed has to be, what is not has to be refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.template import functions
from infra.template.policies import Statement, policies

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "PERMISSIONS.md"

# What no function has, and each has to be refused.
FORBIDDEN: Mapping[str, tuple[str, ...]] = {
    "dynamodb": (
        "BatchWriteItem", "DeleteTable", "PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate",
        "UpdateTable", "DeleteResourcePolicy",
    ),
    "s3": ("DeleteObject", "ListBucket"),
    "secretsmanager": ("PutSecretValue",),
    "sqs": ("PurgeQueue",),
    "sns": ("Subscribe",),
    "kms": ("ScheduleKeyDeletion",),
}  # fmt: skip

# By symbol: the words of the page, and what follows the ARN in a question.
THINGS: Mapping[str, tuple[str, str]] = {
    "JournalTableArn": ("the journal", ""),
    "JournalTableArn/index/*": ("the journal's indexes", "/index/by_day"),
    "JournalTableArn/stream/*": ("the journal's streams", "/stream/2026-01-01T00:00:00.000"),
    "JournalStreamArn": ("the journal's stream", ""),
    "BalancesTableArn": ("balances", ""),
    "AppTableArn": ("the app table", ""),
    "AppTableArn/index/*": ("the app table's indexes", "/index/by_1"),
    "SigningKeysSecretArn": ("the signing keys", ""),
    "DataKeysSecretArn": ("the data keys", ""),
    "StripeSecretArn": ("Stripe's secret", ""),
    "KeyArn": ("the key", ""),
    "PaymentsQueue.Arn": ("the payments queue", ""),
    "ExportsQueue.Arn": ("the exports queue", ""),
    "FilesBucket/exports/*": ("files: exports/", "/exports/01KA/report.csv"),
    "FilesBucket/evidence/*": ("files: evidence/", "/evidence/01KA.pdf"),
    "AlarmTopic": ("the alarm topic", ""),
    "*": ("*", ""),
}
OWN = {"OwnLogs.Arn": "its own log", "OwnDeadLetters.Arn": "its own dead letters"}
SERVICES: Mapping[str, tuple[str, ...]] = {
    "dynamodb": ("JournalTableArn", "JournalTableArn/index/*", "JournalStreamArn", "BalancesTableArn", "AppTableArn",
                 "AppTableArn/index/*"),
    "secretsmanager": ("SigningKeysSecretArn", "DataKeysSecretArn", "StripeSecretArn"),
    "sqs": ("PaymentsQueue.Arn", "ExportsQueue.Arn"),
    "s3": ("FilesBucket/exports/*", "FilesBucket/evidence/*"),
    "sns": ("AlarmTopic", "*"),
    "kms": ("KeyArn",),
}  # fmt: skip
ON_INDEXES = ("Query", "Scan")
ON_STREAMS = ("DescribeStream", "GetRecords", "GetShardIterator")
KEY_VIA = "kms:ViaService"
LEADING = "dynamodb:LeadingKeys"


@dataclass(frozen=True)
class Case:
    """May ``function`` do ``action`` on ``resource``, with these condition keys?"""

    function: str
    action: str
    thing: str
    """The resource by its symbol in THINGS."""
    resource: str
    """Its ARN, or "*"."""
    context: tuple[tuple[str, str], ...]
    allowed: bool


def symbol(resource: Any) -> str:
    """How a Resource of infra/policies.yaml is called here. Raises ValueError for a form that is not known."""
    if resource == "*":
        return "*"
    if isinstance(resource, dict) and "Ref" in resource:
        return str(resource["Ref"])
    if isinstance(resource, dict) and "Fn::GetAtt" in resource:
        return ".".join(resource["Fn::GetAtt"])
    text = str(resource["Fn::Sub"]) if isinstance(resource, dict) else ""
    plain = text.replace("arn:${AWS::Partition}:s3:::", "").replace("${", "").replace("}", "")
    if not plain:
        raise ValueError(f"{resource}: not known here")
    return plain


def cases(arns: Mapping[str, str], region: str = "us-east-1") -> Iterator[Case]:
    """Every question. ``arns``: the ARN of each name that a symbol begins with (``JournalTableArn``, ``PaymentsQueue``,
    ``FilesBucket`` …), as the outputs of the two stacks give them.
    """
    for function in policies().functions:
        for service, things in SERVICES.items():
            for action in sorted(actions_of(service)):
                for thing in things:
                    if _is_a_question(action, thing):
                        yield from _asked(function, f"{service}:{action}", thing, arns, region)


def actions_of(service: str) -> set[str]:
    """Without the service's name: what any function has, and what none has."""
    named = {action for one in policies().statements.values() for action in one.actions}
    return {a.split(":")[1] for a in named if a.startswith(f"{service}:")} | set(FORBIDDEN.get(service, ()))


def _is_a_question(action: str, thing: str) -> bool:
    """AWS asks no function about an action on what it does not act on."""
    if action == "ListStreams" or (thing == "*" and action != "Publish"):
        return False
    if thing.endswith("/index/*"):
        return action in ON_INDEXES
    return (thing == "JournalStreamArn") == (action in ON_STREAMS)


def _asked(function: str, action: str, thing: str, arns: Mapping[str, str], region: str) -> Iterator[Case]:
    for context in _contexts(action, _granting(function, action, thing), region):
        allowed = allows(function, action, thing, dict(context))
        yield Case(function, action, thing, _arn(thing, arns), context, allowed)


def allows(function: str, action: str, thing: str, context: Mapping[str, str]) -> bool:
    """Whether the policy of the function lets it do this; ``thing`` as in THINGS, ``context`` its condition keys."""
    refused = any(one.effect == "Deny" and _denies(one, action, thing) for one in policies().of(function))
    return not refused and any(_holds(one, context) for one in _granting(function, action, thing))


def _granting(function: str, action: str, thing: str) -> list[Statement]:
    return [one for one in policies().of(function) if one.effect == "Allow" and _names(one, action, thing)]


def _contexts(action: str, granting: list[Statement], region: str) -> list[tuple[tuple[str, str], ...]]:
    """The condition keys to ask with: as the function's own code has them, and as it must not."""
    if action.startswith("kms:"):
        services = ("dynamodb", "secretsmanager", "s3", "sns", "lambda")
        return [((KEY_VIA, f"{one}.{region}.amazonaws.com"),) for one in services]
    conditions = [one.condition for one in granting if one.condition]
    if not conditions:
        return [()]
    return [((LEADING, key),) for key in ("VERIFICATION#2026-11-26", "JOB#01KA", "MEMBER#01KA")]


def _names(one: Statement, action: str, thing: str) -> bool:
    return action in one.actions and thing in {symbol(resource) for resource in one.resources}


def _denies(one: Statement, action: str, thing: str) -> bool:
    topics = one.name == "no-topic" and thing == "AlarmTopic"
    return action in one.actions and (topics or thing in {symbol(resource) for resource in one.resources})


def _holds(one: Statement, context: Mapping[str, str]) -> bool:
    """The two conditions that policies.yaml uses; both end with a wildcard."""
    if not one.condition:
        return True
    ((_, keys),) = one.condition.items()
    ((key, wanted),) = keys.items()
    patterns = [wanted["Fn::Sub"].split("${")[0]] if isinstance(wanted, dict) else [p.rstrip("*") for p in wanted]
    return any(context.get(key, "").startswith(pattern) for pattern in patterns)


def _arn(thing: str, arns: Mapping[str, str]) -> str:
    if thing == "*":
        return "*"
    name = thing.split("/")[0].split(".")[0]
    return arns[name] + THINGS[thing][1]


# --- the page -----------------------------------------------------------------------------------


def page() -> str:
    """docs/PERMISSIONS.md."""
    of = policies()
    lines = [
        "# 权限 Permissions",
        "",
        "What IAM lets each function do, made from `infra/policies.yaml` by `make permissions`; a test holds the two",
        "together, and the local cloud is asked every cell of the first table, the blank ones too.",
        "",
        "Nothing else is allowed. For the journal there is besides a Deny in every role, and in the table's own policy",
        "one for everybody: no update, no delete, no batch write, no PartiQL. Why so: decisions/090, 091.",
        "",
        "## Function × action",
        "",
        *_columns(list(of.functions)),
        "",
        "## Function by function",
        "",
        "Every function:",
        "",
        *(f"- {_told(of.statements[name])}" for name in of.every),
    ]
    for name in of.functions:
        given = functions.read()[name]
        lines += ["", f"### {name}", "", f"Started by: {given.started_by}.", ""]
        lines += [f"- {_told(of.statements[one])}" for one in of.functions[name]]
    return "\n".join(lines) + "\n"


def _columns(names: list[str]) -> list[str]:
    """The table: a row for each action on a thing, a column for each function, by number."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        for one in policies().functions[name]:
            statement = policies().statements[one]
            if statement.effect == "Allow":
                for resource, action in _pairs(statement):
                    mark = rows.setdefault((_thing(resource), action), {})
                    mark[name] = "●" if mark.get(name) == "●" or not _narrow(statement) else "◐"
    made = [f"{number}. `{name}`" for number, name in enumerate(names, 1)]
    made += ["", "● allowed, ◐ only some items (see below), blank: refused.", ""]
    made += ["| on | action | " + " | ".join(str(number) for number, _ in enumerate(names, 1)) + " |"]
    made += ["| --- | --- |" + " :-: |" * len(names)]
    order = [words for words, _ in THINGS.values()] + list(OWN.values())
    for thing, action in sorted(rows, key=lambda row: (order.index(row[0]), row[1])):
        made.append(f"| {thing} | `{action}` | " + " | ".join(rows[thing, action].get(n, "") for n in names) + " |")
    return made


def _pairs(one: Statement) -> Iterator[tuple[Any, str]]:
    """(resource, action) without an item's action on an index, which there is not."""
    for resource in one.resources:
        for action in one.actions:
            if not symbol(resource).endswith("/index/*") or action.split(":")[1] in ON_INDEXES:
                yield resource, action


def _narrow(one: Statement) -> bool:
    """Whether the condition is about items; that the key is used through a service only, all have."""
    return bool(one.condition) and LEADING in str(one.condition)


def _thing(resource: Any) -> str:
    named = symbol(resource)
    return OWN.get(named) or (THINGS[named][0] if named in THINGS else named)


def _told(one: Statement) -> str:
    actions = ", ".join(f"`{action}`" for action in one.actions)
    on = ", ".join(_thing(resource) for resource in one.resources)
    denied = "**never** " if one.effect == "Deny" else ""
    only = ""
    if one.condition:
        ((_, keys),) = one.condition.items()
        ((key, wanted),) = keys.items()
        told = wanted["Fn::Sub"].split(".")[0] if isinstance(wanted, dict) else ", ".join(wanted)
        only = f", only through {told}" if key == KEY_VIA else f", only keys `{told}`"
    return f"{denied}{actions} on {on}{only}: {one.why}"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.template.permissions", description="write docs/PERMISSIONS.md"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is not up to date")
    if parser.parse_args().check:
        if PAGE.read_text("utf-8") != page():
            print("docs/PERMISSIONS.md is not up to date: make permissions", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
