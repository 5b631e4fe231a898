"""CloudFormation stacks as the deployment uses them: what would change is shown before it is done, and every
state in which a stack can be found has its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Say = Callable[[str], None]

POLL_S: Final = 2.0
CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_BODY_BYTES_MAX: Final = 51_200  # a longer template goes through a bucket
_MARKS: Final = {"Add": "+", "Modify": "~", "Remove": "-", "Import": ">", "Dynamic": "?"}
_NOTHING: Final = ("didn't contain changes", "no updates are to be performed", "no changes")


class DeployFailed(Exception):
    """What went wrong and what to do, in words for who deploys."""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that would be added, modified or removed. ``replaces``: "", "maybe", or "yes" when a new one takes
    its place and the old one goes."""

    action: str
    name: str
    kind: str
    replaces: str


@dataclass(frozen=True, slots=True)
class ChangeSet:
    stack: str
    id: str
    is_new: bool
    changes: tuple[Change, ...]

    def table(self) -> str:
        """The changes for a person to read, one a line."""
        rows = []
        for one in sorted(self.changes, key=lambda c: (c.action, c.name)):
            note = {"yes": "  ! REPLACED", "maybe": "  ? may be replaced"}.get(one.replaces, "")
            rows.append(f"  {_MARKS.get(one.action, '?')} {one.name:<44} {one.kind}{note}")
        kinds = [one.action for one in self.changes]
        counts = ", ".join(f"{kinds.count(kind)} {word}" for kind, word in _COUNTED if kind in kinds)
        return "\n".join([f"{self.stack}: {counts or 'outputs or parameters only'}", *rows])


_COUNTED: Final = (("Add", "added"), ("Modify", "modified"), ("Remove", "removed"), ("Dynamic", "not known before"))


class Stacks:
    """The stacks of one account and region. ``client`` is boto3's of CloudFormation."""

    def __init__(self, client: Any, say: Say, poll_s: float = POLL_S) -> None:
        self._client, self._say, self._poll_s = client, say, poll_s

    def state(self, name: str) -> str:
        """CloudFormation's word for it, "" where there is no such stack."""
        found = self._described(name)
        return str(found["StackStatus"]) if found else ""

    def outputs(self, name: str) -> dict[str, str]:
        """Raises DeployFailed where there is no such stack."""
        found = self._described(name)
        if found is None:
            raise DeployFailed(f"There is no stack {name} in this account and region.")
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def parameters(self, name: str) -> dict[str, str]:
        """What the stack was last given; empty where there is none."""
        found = self._described(name) or {}
        return {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])}

    def resources(self, name: str) -> dict[str, tuple[str, str]]:
        """Logical name → (type, physical id)."""
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=name)
        return {
            one["LogicalResourceId"]: (one["ResourceType"], one.get("PhysicalResourceId", ""))
            for page in pages
            for one in page["StackResourceSummaries"]
        }

    def prepare(self, name: str, template: str, given: Mapping[str, str]) -> ChangeSet | None:
        """A change set that waits to be executed; None where nothing would change.

        ``template``: its text, or the address of the bucket's object that holds it. ``given``: parameters; what an
        existing stack was given before and is not named here stays, as does the template's own default.
        Raises DeployFailed.
        """
        state = self._settled(name)
        is_new = state in ("", "REVIEW_IN_PROGRESS")
        where = {"TemplateURL": template} if template.startswith(("http://", "https://")) else _body(template)
        declared = {one["ParameterKey"] for one in self._client.validate_template(**where)["Parameters"]}
        unknown = set(given) - declared
        if unknown:
            raise DeployFailed(f"{name}: the template has no parameter {', '.join(sorted(unknown))}.")
        parameters: list[dict[str, Any]] = [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()]
        before = {} if is_new else self.parameters(name)
        parameters += [{"ParameterKey": k, "UsePreviousValue": True} for k in before if k in declared - set(given)]
        made = self._client.create_change_set(
            StackName=name,
            ChangeSetName=f"linli-{time.time_ns()}",
            ChangeSetType="CREATE" if is_new else "UPDATE",
            Parameters=parameters,
            Capabilities=CAPABILITIES,
            **where,
        )
        found = self._examined(name, made["Id"])
        if found is None:
            return None
        return ChangeSet(name, made["Id"], is_new, found)

    def drop(self, change: ChangeSet) -> None:
        """Forget a change set that was refused, and with it the empty stack that it would have filled."""
        self._client.delete_change_set(StackName=change.stack, ChangeSetName=change.id)
        if change.is_new and self.state(change.stack) == "REVIEW_IN_PROGRESS":
            self._client.delete_stack(StackName=change.stack)

    def execute(self, change: ChangeSet) -> None:
        """Do it and wait, telling each resource that is ready. Raises DeployFailed."""
        seen = self._events_so_far(change.stack)
        self._client.execute_change_set(StackName=change.stack, ChangeSetName=change.id)
        state = self._followed(change.stack, seen)
        if state not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise DeployFailed(self._why(change.stack, state, seen))

    def protect(self, name: str) -> None:
        """Nobody deletes the stack before they have switched this off."""
        self._client.update_termination_protection(StackName=name, EnableTerminationProtection=True)

    def remove(self, name: str) -> None:
        """Delete the stack and wait. Raises DeployFailed."""
        found = self._described(name)
        if found is None:
            return
        seen = self._events_so_far(name)
        self._client.delete_stack(StackName=name)
        # By its id: a stack that is gone is no longer found by its name.
        state = self._followed(found["StackId"], seen)
        if state not in ("DELETE_COMPLETE", ""):
            raise DeployFailed(self._why(found["StackId"], state, seen))

    # --- small parts ---------------------------------------------------------------------------

    def _described(self, name: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            found: dict[str, Any] = self._client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if found["StackStatus"] == "DELETE_COMPLETE" and not name.startswith("arn:") else found

    def _settled(self, name: str) -> str:
        """The stack's state when nothing is under way in it. Raises DeployFailed where it cannot be changed."""
        state = self.state(name)
        if state.endswith("_IN_PROGRESS") and state != "REVIEW_IN_PROGRESS":
            self._say(f"{name}: {state}, begun by somebody else or an earlier run; waiting for its end")
            state = self._followed(name, self._events_so_far(name))
        if state in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
            self._say(f"{name}: its first creation had failed ({state}); removing what is left of it")
            self.remove(name)
            state = ""
        if state.endswith("_FAILED"):
            raise DeployFailed(
                f"{name} is in the state {state}. CloudFormation itself could not go back; its console names the "
                f"resource and the reason. When that is mended:\n"
                f"    aws cloudformation continue-update-rollback --stack-name {name}\n"
                f"and run this again."
            )
        return state

    def _examined(self, name: str, change_id: str) -> tuple[Change, ...] | None:
        """The changes, None when there are none. Raises DeployFailed when CloudFormation refuses."""
        while True:
            found = self._client.describe_change_set(StackName=name, ChangeSetName=change_id)
            if found["Status"] == "CREATE_COMPLETE":
                break
            if found["Status"] == "FAILED":
                reason = str(found.get("StatusReason", ""))
                self._client.delete_change_set(StackName=name, ChangeSetName=change_id)
                if any(word in reason.lower() for word in _NOTHING):
                    return None
                raise DeployFailed(f"{name}: CloudFormation refuses the change: {reason}")
            time.sleep(self._poll_s)
        changes = list(found["Changes"])
        while found.get("NextToken"):
            found = self._client.describe_change_set(
                StackName=name, ChangeSetName=change_id, NextToken=found["NextToken"]
            )
            changes += found["Changes"]
        return tuple(_change(one["ResourceChange"]) for one in changes if one.get("Type", "Resource") == "Resource")

    def _followed(self, stack: str, seen: set[str]) -> str:
        """Wait until nothing goes on, saying what is ready or failed; the state then."""
        told = set(seen)
        while True:
            state = self.state(stack)
            for event in reversed(self._events(stack) if state else []):
                if event["EventId"] not in told:
                    told.add(event["EventId"])
                    self._tell(event)
            if not state.endswith("_IN_PROGRESS") or state == "REVIEW_IN_PROGRESS":
                return state
            time.sleep(self._poll_s)

    def _tell(self, event: Mapping[str, Any]) -> None:
        state = str(event["ResourceStatus"])
        if state.endswith("_FAILED"):
            self._say(f"  ✗ {event['LogicalResourceId']}: {event.get('ResourceStatusReason', state)}")
        elif state.endswith("_COMPLETE"):
            self._say(f"  ✓ {event['LogicalResourceId']}  {state.split('_', 1)[0].lower()}d")

    def _events(self, stack: str) -> list[dict[str, Any]]:
        """Newest first, of the last page only: more than happens between two looks."""
        found: list[dict[str, Any]] = self._client.describe_stack_events(StackName=stack)["StackEvents"]
        return found

    def _events_so_far(self, name: str) -> set[str]:
        if not self.state(name):
            return set()
        return {event["EventId"] for event in self._events(name)}

    def _why(self, stack: str, state: str, seen: set[str]) -> str:
        failed = [
            f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in reversed(self._events(stack))
            if event["EventId"] not in seen
            and str(event["ResourceStatus"]).endswith("_FAILED")
            and "cancelled" not in str(event.get("ResourceStatusReason", "")).lower()
        ]
        what = "\n".join(failed) or "  CloudFormation names no resource."
        return (
            f"{stack} ended as {state}:\n{what}\n"
            "CloudFormation has gone back to what was there before, as far as it could. Mend what is named and run the "
            "same command again: it begins where it stands."
        )


def _body(text: str) -> dict[str, str]:
    if len(text.encode()) > _BODY_BYTES_MAX:
        raise DeployFailed(f"a template of {len(text.encode())} bytes has to go through a bucket")
    return {"TemplateBody": text}


def _change(one: Mapping[str, Any]) -> Change:
    replaces = {"True": "yes", "Conditional": "maybe"}.get(str(one.get("Replacement", "")), "")
    return Change(str(one["Action"]), str(one["LogicalResourceId"]), str(one["ResourceType"]), replaces)
