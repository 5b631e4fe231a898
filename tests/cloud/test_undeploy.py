"""Taking away what runs leaves the data; the same deployment brings everybody back to their books."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from tests.cloud.deployed import Deployed
from tests.cloud.deploying import command, deploy
from tests.cloud.street import Street


def test_undeploying_leaves_the_data_and_deploying_finds_it_again(street: Street) -> None:
    deployed, people = street.deployed, {who: street[who] for who in ("admin", "supervisor")}
    kept = {table: list(deployed.items(table)) for table in ("Journal", "Balances")}
    told = command(deployed.cloud, "undeploy", "--yes")
    assert told.returncode == 0, told.stdout + told.stderr
    with pytest.raises(ClientError, match="does not exist"):
        deployed.cloud.client("cloudformation").describe_stacks(StackName="linli-dev")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        deployed.cloud.client("lambda").get_function_configuration(FunctionName=deployed.function("api_handler"))
    assert {table: list(deployed.items(table)) for table in kept} == kept
    assert street.stripe.find("webhook_endpoint") == [], "nobody is left to be told"

    again: Deployed = deploy(deployed.cloud, street.stripe)
    assert "the first administrator is made" not in again.told
    back = Street(again, street.stripe, poster=street.poster)
    for who, before in people.items():
        person = replace(before, address=again.address)
        assert person.go("/staff").status == 200, "a session outlives it: the keys were kept"
        back.people[who] = person
    back.booked(17)
    assert back.nightly_findings() == []
