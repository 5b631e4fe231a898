"""`make deploy STAGE=dev`: data stack → package → change set, shown and asked → applied → Stripe told → the first
administrator → looked at. Every step may be run again: it finds what is there and does what is missing.

    make deploy STAGE=dev                       what would change is shown, and asked about
    make deploy STAGE=dev YES=1                 without being asked
    make deploy STAGE=prod CODE=packages/….zip  an earlier package, with the template that it was deployed with
    make deploy STAGE=dev ARGS=--check          changes nothing; names every setting that is missing or malformed

From the environment, asked for where somebody can type: STRIPE_SECRET_KEY, ADMIN_PHONE, ADMIN_NAME.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.stage import account as accounts
from infra.stage import checks, release
from infra.stage.account import Account
from infra.stage.stacks import ChangeSet, DeployFailed
from infra.stage.stripe_account import StripeAccount

STAGES: Final = ("dev", "prod")
DATA: Final = Path(__file__).parents[1] / "data.yaml"
ADMINISTRATOR: Final = "MakeFirstAdministrator"


@dataclass(frozen=True)
class Wanted:
    """``parameters``: of the app's stack, by name. ``code_key``: an earlier package, "" for the one of this source."""

    stage: str
    code_key: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    admin_phone: str = ""
    admin_name: str = ""

    @property
    def data_stack(self) -> str:
        return f"linli-{self.stage}-data"

    @property
    def app_stack(self) -> str:
        return f"linli-{self.stage}"


@dataclass(frozen=True)
class Deployed:
    """``data`` and ``app`` are the stacks' outputs; ``url`` is the address of the pages."""

    data: dict[str, str]
    app: dict[str, str]
    url: str


def deploy(account: Account, wanted: Wanted) -> Deployed:
    """Everything, in order. Raises DeployFailed; the same call again goes on from there."""
    account.say(f"{wanted.app_stack} in account {account.who}, {account.region}")
    before = account.stacks.parameters(wanted.app_stack).get("CodeKey", "")
    data = data_stack(account, wanted)
    chosen = _release(account, wanted, data)
    app = app_stack(account, wanted, data, chosen)
    url = wanted.parameters.get("PublicUrl") or account.stacks.parameters(wanted.app_stack).get("PublicUrl", "")
    url = url.rstrip("/") or checks.address(account, app)
    stripe = stripe_of(account, wanted.stage)
    if stripe.take_key():
        stripe.register(url)
    first_administrator(account, wanted)
    check(account, wanted)
    checks.smoke(checks.address(account, app, ask_at=True) + "/public")
    _say_where(account, wanted, app, url, before, chosen.code_key)
    return Deployed(data, app, url)


def data_stack(account: Account, wanted: Wanted) -> dict[str, str]:
    """Tables, buckets, secrets and their key; the outputs."""
    change = account.stacks.prepare(wanted.data_stack, DATA.read_text("utf-8"), {"Stage": wanted.stage})
    if change is not None and any(one.replaces == "yes" or one.action == "Remove" for one in change.changes):
        account.say(change.table())
        account.stacks.drop(change)
        raise DeployFailed(
            f"This would replace or remove what {wanted.data_stack} keeps. That is never done by this command: see "
            "docs/OPERATIONS.md on changing what is kept."
        )
    _apply(account, wanted.data_stack, change)
    account.stacks.protect(wanted.data_stack)
    return account.stacks.outputs(wanted.data_stack)


def app_stack(account: Account, wanted: Wanted, data: dict[str, str], chosen: release.Release) -> dict[str, str]:
    """Functions, pages, queues and alarms; the outputs."""
    before = account.stacks.parameters(wanted.app_stack)
    given = {**data, **wanted.parameters, "CodeKey": chosen.code_key}
    for name in sorted(set(data) & set(before) - set(wanted.parameters)):
        if before[name] != data[name]:
            # Restored tables: going back to the ones that the data stack made has to be said.
            account.say(f"note: {name} stays {before[name]} (the data stack has {data[name]})")
            given[name] = before[name]
    _apply(account, wanted.app_stack, account.stacks.prepare(wanted.app_stack, chosen.template_url, given))
    return account.stacks.outputs(wanted.app_stack)


def stripe_of(account: Account, stage: str) -> StripeAccount:
    """The stage's Stripe account, as the stacks that are there say."""
    arn = account.stacks.outputs(f"linli-{stage}-data")["StripeSecretArn"]
    base = account.stacks.parameters(f"linli-{stage}").get("StripeApiBase", "")
    return StripeAccount(account, stage, arn, base)


def first_administrator(account: Account, wanted: Wanted) -> str:
    """Make the first administrator unless there is one; what came of it. Raises DeployFailed."""
    if _invoke(account, wanted, {})["outcome"] == "exists":
        return "exists"
    phone = wanted.admin_phone or account.person.says("Mobile phone of the first administrator (empty: later)")
    name = wanted.admin_name or (account.person.says("Name of the first administrator") if phone else "")
    if not phone:
        account.say("there is no administrator yet: run this again with ADMIN_PHONE=… ADMIN_NAME=…")
        return "needed"
    told = _invoke(account, wanted, {"phone": phone, "name": name})
    if told["outcome"] == "refused":
        raise DeployFailed(f"The first administrator was not made: {told['code']} {told['says']}")
    account.say("the first administrator is made: sign in with that phone")
    return str(told["outcome"])


def check(account: Account, wanted: Wanted) -> None:
    """Raises DeployFailed with every setting that is missing or malformed."""
    wrong, notes = checks.problems(account, wanted.app_stack)
    for line in notes:
        account.say(f"not yet: {line}")
    if wrong:
        raise DeployFailed("This is missing or malformed:\n" + "\n".join(f"  {line}" for line in wrong))
    account.say("settings, secrets, tables, queues: all there")


def _release(account: Account, wanted: Wanted, data: dict[str, str]) -> release.Release:
    if wanted.code_key:
        return release.earlier(account, data["CodeBucket"], wanted.code_key)
    package, template, key = release.build(account)
    return release.upload(account, data["CodeBucket"], package, template, key)


def _apply(account: Account, stack: str, change: ChangeSet | None) -> None:
    if change is None:
        account.say(f"{stack}: nothing changes")
        return
    account.say(change.table())
    if not account.person.agrees(f"Do this to {stack} in account {account.who}, {account.region}?"):
        account.stacks.drop(change)
        raise DeployFailed("Stopped as you said; nothing was changed.")
    account.stacks.execute(change)


def _invoke(account: Account, wanted: Wanted, event: dict[str, str]) -> dict[str, Any]:
    function = account.stacks.resources(wanted.app_stack)[ADMINISTRATOR][1]
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    told = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError") or not isinstance(told, dict) or "outcome" not in told:
        reason = told.get("errorMessage", "") if isinstance(told, dict) else ""
        wrong, _ = checks.problems(account, wanted.app_stack)
        lines = "\n".join(f"  {line}" for line in wrong)
        raise DeployFailed(f"{function} failed: {reason}\n{lines}".rstrip())
    return told


def _say_where(account: Account, wanted: Wanted, app: dict[str, str], url: str, before: str, now: str) -> None:
    account.say(f"\npages       {url}/\npublic page {url}/public\nstaff       {url}/staff\nAPI         {url}/api")
    if "DashboardName" in app:
        account.say(f"dashboard   {app['DashboardName']} (CloudWatch → Dashboards)")
    if before and before != now:
        account.say(f"to go back  make deploy STAGE={wanted.stage} CODE={before}")


def parameters(given: list[str]) -> dict[str, str]:
    """``NAME=VALUE`` or ``@file.json`` each. Raises DeployFailed."""
    found: dict[str, str] = {}
    for one in given:
        if one.startswith("@"):
            try:
                read = json.loads(Path(one[1:]).read_text("utf-8"))
                found |= {str(name): str(value) for name, value in dict(read).items()}
            except (OSError, ValueError, TypeError) as error:
                raise DeployFailed(f"--set {one}: no JSON object of parameters there") from error
            continue
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            raise DeployFailed(f"--set {one}: write NAME=VALUE, such as AlarmEmail=duty@example.org")
        found[name] = value
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.stage.deploy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", required=True, choices=STAGES)
    parser.add_argument("--yes", action="store_true", help="do not ask before a change")
    parser.add_argument("--code", default="", help="the key of an earlier package")
    parser.add_argument("--set", action="append", default=[], help="a parameter of the app's stack: NAME=VALUE, @file")
    parser.add_argument("--check", action="store_true", help="change nothing, name what is missing")
    asked = parser.parse_args()

    def work() -> int:
        wanted = Wanted(
            asked.stage,
            asked.code,
            parameters(asked.set),
            os.environ.get("ADMIN_PHONE", ""),
            os.environ.get("ADMIN_NAME", ""),
        )
        account = accounts.here(accounts.person(asked.yes))
        if asked.check:
            check(account, wanted)
        else:
            deploy(account, wanted)
        return 0

    return accounts.run("deploy", work)


if __name__ == "__main__":
    sys.exit(main())
