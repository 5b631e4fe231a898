"""What the clock starts: every schedule has its rule, its function runs with its own role, and a failure is kept."""

from __future__ import annotations

import json

import pytest

from infra.template import functions
from tests.cloud.deployed import Deployed
from tests.cloud.local_cloud import eventually
from tests.cloud.street import Street

BY_CLOCK = sorted(name for name, given in functions.read().items() if given.started_by == "clock")


def test_every_schedule_has_a_rule_that_starts_its_function(deployed: Deployed) -> None:
    events = deployed.cloud.client("events")
    started: dict[str, str] = {}
    for rule in events.list_rules()["Rules"]:
        assert rule["State"] == "ENABLED"
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            started[target["Arn"].rsplit(":", 1)[1]] = rule["ScheduleExpression"]
    assert set(started) == {deployed.function(name) for name in BY_CLOCK}
    assert started[deployed.function("ask_stripe_again")] == "rate(5 minutes)"
    assert started[deployed.function("verify_books_nightly")] == "cron(20 19 * * ? *)"


@pytest.mark.parametrize("name", BY_CLOCK)
def test_a_schedule_runs_with_its_own_role(street: Street, name: str) -> None:
    told = street.deployed.invoke(name)
    assert not told.error, told.answer
    again = street.deployed.invoke(name)
    assert not again.error, again.answer
    lines = [json.loads(line) for line in street.deployed.cloud.logs(street.deployed.function(name), '"done"')]
    assert lines, "it says how it ended"
    assert all(line["function"] == name for line in lines if "function" in line)


def test_what_a_webhook_did_not_bring_the_schedule_fetches(street: Street) -> None:
    donor = street.give(33)
    thanks = donor.to
    assert "捐赠已到账" not in donor.go(thanks).words
    told = street.deployed.invoke("ask_stripe_again")
    assert not told.error, told.answer
    assert "捐赠已到账" in donor.go(thanks).words
    # the post comes after all
    assert {answer.status for answer in street.post_events()} == {200}
    eventually(lambda: street.deployed.waiting(street.deployed.outputs["PaymentsQueueUrl"]) == 0, "an empty queue")
    booked = [item for item in street.deployed.items("Journal") if "-3300" in item["j"]["S"]]
    assert len(booked) == 1


def test_a_schedule_that_fails_is_tried_again_and_then_kept_and_rings(street: Street) -> None:
    deployed = street.deployed
    dead, runs = deployed.dead_letters("CarryFinishedMonths"), deployed.runs("carry_finished_months")
    ear = deployed.listen(deployed.outputs["AlarmTopicArn"])
    with deployed.settings("carry_finished_months", LINLI_TABLE_BALANCES="linli-dev-not-there"):
        deployed.invoke_later("carry_finished_months")
        eventually(lambda: deployed.waiting(dead) == 1, "the event among the dead letters", 60)
    assert deployed.runs("carry_finished_months") - runs == functions.read()["carry_finished_months"].tries
    ear.hears("carry_finished_months-dead-letters", "ALARM")
    deployed.empty(dead)
