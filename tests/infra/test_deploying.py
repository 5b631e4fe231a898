"""The steps of the deployment and of a rotation, on a local cloud of their own: stacks in every state, what is kept,
keys. The whole deployment is tried in tests/cloud."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest

from chalicelib.identity import service as identity
from infra.stage import checks, deploy, release, rotate
from infra.stage.account import Account, Person, environment
from infra.stage.deploy import Wanted
from infra.stage.keys import Ring, RingSecret
from infra.stage.stacks import DeployFailed, Stacks
from infra.stage.stripe_account import StripeAccount
from infra.stage.undeploy import undeploy
from infra.template import functions
from local.stripe_standin import StripeStandIn
from tests.cloud import local_cloud
from tests.store.identity.conftest import NOW, form

pytestmark = pytest.mark.cloud
DEV = Wanted("dev")


@dataclass
class Screen:
    """What was said, and what is answered to questions: True agrees."""

    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_cloud.LocalCloud]:
    if not local_cloud.PYTHON.exists():
        pytest.skip("needs .venv-cloud (make .venv-cloud/done)")
    before = dict(os.environ)
    with local_cloud.running(tmp_path_factory.mktemp("cloud")) as started:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(started.environment)
        yield started
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def account(cloud: local_cloud.LocalCloud, screen: Screen) -> Account:
    return Account(boto3.Session(), Person(yes=True), screen.lines.append, poll_s=0.05)


def template(**queues: str) -> str:
    """A stack of queues by logical name; ``retention`` is a parameter with a default."""
    return json.dumps(
        {
            "Parameters": {"Retention": {"Type": "Number", "Default": 60}, "Note": {"Type": "String", "Default": ""}},
            "Resources": {
                name: {
                    "Type": "AWS::SQS::Queue",
                    "Properties": {"QueueName": queue, "MessageRetentionPeriod": {"Ref": "Retention"}},
                }
                for name, queue in queues.items()
            },
            "Outputs": {name: {"Value": {"Ref": name}} for name in queues},
        }
    )


def applied(stacks: Stacks, name: str, text: str, **given: str) -> None:
    change = stacks.prepare(name, text, given)
    assert change is not None
    stacks.execute(change)


# --- stacks ------------------------------------------------------------------------------------


def test_a_stack_is_shown_made_changed_and_taken_away(account: Account, screen: Screen) -> None:
    stacks, name = account.stacks, "walk"
    change = stacks.prepare(name, template(One="walk-1", Two="walk-2"), {"Note": "a"})
    assert change is not None
    assert change.is_new
    assert change.table().split("\n")[0] == "walk: 2 added"
    assert "+ One" in change.table()
    stacks.execute(change)
    assert "  ✓ One  created" in screen.lines
    assert sorted(stacks.outputs(name)) == ["One", "Two"]

    assert stacks.prepare(name, template(One="walk-1", Two="walk-2"), {}) is None, "nothing changes"
    applied(stacks, name, template(One="walk-1", Two="walk-2"), Retention="120")
    assert stacks.parameters(name) == {"Retention": "120", "Note": "a"}, "what was given before stays"
    change = stacks.prepare(name, template(One="walk-1"), {})
    assert change is not None
    assert [(one.action, one.name) for one in change.changes] == [("Remove", "Two")]
    stacks.drop(change)
    assert sorted(stacks.outputs(name)) == ["One", "Two"], "what was not agreed to is not done"

    stacks.remove(name)
    assert stacks.state(name) == ""
    stacks.remove(name)
    with pytest.raises(DeployFailed, match="no stack walk"):
        stacks.outputs(name)


def test_a_refused_first_change_leaves_no_stack_behind(account: Account) -> None:
    change = account.stacks.prepare("shy", template(One="shy-1"), {})
    assert change is not None
    assert account.stacks.state("shy") == "REVIEW_IN_PROGRESS"
    again = account.stacks.prepare("shy", template(One="shy-1"), {})  # an earlier run was killed while it asked
    assert again is not None
    assert again.is_new
    account.stacks.drop(again)
    assert account.stacks.state("shy") in ("", "DELETE_COMPLETE")


def test_what_fails_is_named_and_the_next_run_begins_afresh(account: Account, screen: Screen) -> None:
    # a signal that nobody sends
    waited = {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {"Handle": {"Ref": "Hope"}, "Timeout": "1"}}
    hope = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    wrong = json.dumps({"Resources": {"Hope": hope, "Bad": waited}})
    change = account.stacks.prepare("unlucky", wrong, {})
    assert change is not None
    with pytest.raises(DeployFailed) as told:
        account.stacks.execute(change)
    assert "Bad" in str(told.value)
    assert "run the same command again" in str(told.value)
    applied(account.stacks, "unlucky", template(One="unlucky-1"))
    assert "removing what is left of it" in screen.text
    assert account.stacks.state("unlucky") == "CREATE_COMPLETE"


def test_a_parameter_that_the_template_has_not_is_named(account: Account) -> None:
    with pytest.raises(DeployFailed, match="no parameter AlarmMail"):
        account.stacks.prepare("typo", template(One="typo-1"), {"AlarmMail": "x@example.org"})
    assert account.stacks.state("typo") == ""


def test_nobody_to_ask_and_nobody_who_agreed(account: Account) -> None:
    with pytest.raises(DeployFailed, match="YES=1"):
        Person().agrees("Do this?")
    assert Person(yes=True).agrees("Do this?")
    assert Person().says("What?") == ""


# --- what is kept ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(cloud: local_cloud.LocalCloud) -> dict[str, str]:
    """The data stack of stage dev, once for all."""
    return deploy.data_stack(Account(boto3.Session(), Person(yes=True), lambda _: None, poll_s=0.05), DEV)


def test_the_data_stack_again_changes_nothing(account: Account, screen: Screen, data: dict[str, str]) -> None:
    assert deploy.data_stack(account, DEV) == data
    assert screen.lines == ["linli-dev-data: nothing changes"]
    kept = account.client("cloudformation").describe_stacks(StackName="linli-dev-data")["Stacks"][0]
    assert kept["EnableTerminationProtection"] is True


def test_what_is_kept_is_never_replaced_or_removed_by_a_deployment(
    account: Account, screen: Screen, data: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    less = deploy.DATA.read_text("utf-8").replace("\n  StripeSecret:", "\n  AnotherSecret:")
    less = less.replace("!Ref StripeSecret}", "!Ref AnotherSecret}").replace("/stripe", "/another")
    (tmp_path / "data.yaml").write_text(less, "utf-8")
    monkeypatch.setattr(deploy, "DATA", tmp_path / "data.yaml")
    with pytest.raises(DeployFailed, match="replace or remove what linli-dev-data keeps"):
        deploy.data_stack(account, DEV)
    assert "- StripeSecret" in screen.text
    assert account.stacks.outputs("linli-dev-data") == data


def test_the_secrets_that_the_stack_makes_are_key_rings(account: Account, data: dict[str, str]) -> None:
    manager = account.client("secretsmanager")
    rings = [RingSecret(manager, data[f"{kind}SecretArn"]).read() for kind in ("SigningKeys", "DataKeys")]
    assert [ring.current for ring in rings] == ["k1", "k1"]
    assert len({ring.keys["k1"] for ring in rings}) == 2
    assert StripeAccount(account, "dev", data["StripeSecretArn"]).content() == {"secret_key": "", "webhook_secrets": []}


def test_packages_lie_beside_their_templates_and_come_back_by_their_key(
    account: Account, data: dict[str, str], tmp_path: Path
) -> None:
    package, made, key = tmp_path / "deployment.zip", tmp_path / "template.json", f"packages/{'ab' * 32}.zip"
    package.write_bytes(b"PK")
    made.write_text('{"a":1}')
    sent = release.upload(account, data["CodeBucket"], package, made, key)
    assert release.earlier(account, data["CodeBucket"], key) == sent
    assert sent.template_url.endswith(f"/{data['CodeBucket']}/packages/{'ab' * 32}.json")
    for wrong in ("", "packages/../x.zip", f"packages/{'cd' * 32}.zip"):
        with pytest.raises(DeployFailed):
            release.earlier(account, data["CodeBucket"], wrong)


def test_an_earlier_release_comes_back_and_restored_tables_stay(
    account: Account, screen: Screen, data: dict[str, str], tmp_path: Path
) -> None:
    """On a stand-in for the app's template that has its parameters, and a queue named after the release."""

    def sent(number: int) -> release.Release:
        made = json.loads(template(Queue=f"release-{number}"))
        strings = {name: {"Type": "String"} for name in (*data, "CodeKey")}
        empty = {name: {"Type": "String", "Default": ""} for name in ("AlarmEmail", "StripeApiBase")}
        made["Parameters"] |= strings | empty
        package, text = tmp_path / f"{number}.zip", tmp_path / f"{number}.json"
        package.write_bytes(b"PK")
        text.write_text(json.dumps(made))
        key = f"packages/{number:064x}.zip"
        return release.upload(account, data["CodeBucket"], package, text, key)

    first, second = sent(1), sent(2)
    told = deploy.app_stack(account, Wanted("dev", parameters={"AlarmEmail": "a@example.org"}), data, first)
    assert told["Queue"].endswith("release-1")
    restored = Wanted("dev", parameters={"JournalTable": "linli-dev-journal-drill-1"})
    assert deploy.app_stack(account, restored, data, second)["Queue"].endswith("release-2")

    back = release.earlier(account, data["CodeBucket"], first.code_key)
    assert deploy.app_stack(account, DEV, data, back)["Queue"].endswith("release-1")
    now = account.stacks.parameters("linli-dev")
    assert (now["CodeKey"], now["AlarmEmail"]) == (first.code_key, "a@example.org")
    assert now["JournalTable"] == "linli-dev-journal-drill-1"
    assert "note: JournalTable stays linli-dev-journal-drill-1" in screen.text
    assert rotate.settings_of(account, "dev")["LINLI_TABLE_JOURNAL"] == "linli-dev-journal-drill-1"
    assert now["AppTable"] == data["AppTable"]

    with StripeStandIn() as stripe:  # which refuses a restricted key
        StripeAccount(account, "dev", data["StripeSecretArn"]).put(
            {"secret_key": "rk_test_withdrawn", "endpoint": "we_1"}
        )
        deploy.app_stack(account, Wanted("dev", parameters={"StripeApiBase": stripe.url}), data, back)
        undeploy(account, DEV)
    assert "note: Stripe did not end the webhook endpoint" in screen.text
    assert "rk_test_withdrawn" not in screen.text
    assert account.stacks.state("linli-dev") == ""
    StripeAccount(account, "dev", data["StripeSecretArn"]).put({"secret_key": "", "webhook_secrets": []})
    assert account.stacks.outputs("linli-dev-data") == data
    assert f"JournalTable         {data['JournalTable']}" in screen.text
    undeploy(account, DEV)
    assert "linli-dev: is not there" in screen.text


def test_parameters_are_read_or_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"JournalTable": "linli-dev-journal-drill-1"}')
    assert deploy.parameters(["AlarmEmail=a=b@example.org", f"@{tmp_path}/p.json"]) == {
        "AlarmEmail": "a=b@example.org",
        "JournalTable": "linli-dev-journal-drill-1",
    }
    for wrong in ("AlarmEmail", "=x", "a b=c", "@/nowhere.json"):
        with pytest.raises(DeployFailed, match="--set"):
            deploy.parameters([wrong])


# --- settings ----------------------------------------------------------------------------------


def test_every_setting_that_is_missing_or_malformed_is_named_at_once(account: Account, data: dict[str, str]) -> None:
    whole = rotate.settings_of(account, "dev") | {"LINLI_STRIPE_SECRET": data["StripeSecretArn"]}
    wrong, notes = checks._settings(whole)
    assert wrong == []
    assert [note.split(" ")[0:2] for note in notes] == [
        ["LINLI_STRIPE_SECRET:", "secret_key_empty"],
        ["LINLI_STRIPE_SECRET:", "no_webhook_secrets"],
    ]
    spoilt = account.client("secretsmanager").create_secret(Name="linli-dev/spoilt", SecretString='{"k1":"x"}')["ARN"]
    wrong, _ = checks._settings(
        whole
        | {
            "LINLI_SIGNING_KEYS_SECRET": spoilt,
            "LINLI_DATA_KEYS_SECRET": data["DataKeysSecretArn"].replace("data", "gone"),
            "LINLI_FILES": "files",
        }
    )
    assert [line.split(" (")[0] for line in wrong] == [
        "LINLI_SIGNING_KEYS_SECRET: malformed_key",
        "LINLI_DATA_KEYS_SECRET: no_such_secret",
        "LINLI_FILES: setting_missing",
    ]
    assert checks._settings(whole | {"LINLI_TOTALS_SHARDS": "many"})[0] == ["LINLI_TOTALS_SHARDS: malformed"]


def test_a_setting_that_a_function_lacks_is_named_with_the_function() -> None:
    whole = {name: dict.fromkeys(of.settings, "x") for name, of in functions.read().items()}
    assert checks._missing(whole) == []
    del whole["receive_payments"]["LINLI_STRIPE_SECRET"]
    whole["api_handler"]["LINLI_EXPORTS_QUEUE"] = ""
    whole["api_handler"]["LINLI_PUBLIC_URL"] = ""
    del whole["watch_journal"]
    assert checks._missing(whole) == [
        "LINLI_EXPORTS_QUEUE: api_handler does not have it",
        "LINLI_STRIPE_SECRET: receive_payments does not have it",
        "watch_journal: the function is not there",
    ]


def test_tables_queues_buckets_and_topics_that_are_not_there_are_named(account: Account, data: dict[str, str]) -> None:
    queue = account.client("sqs").create_queue(QueueName="there")["QueueUrl"]
    topic = account.client("sns").create_topic(Name="there")["TopicArn"]
    there = {
        **rotate.settings_of(account, "dev"),
        "LINLI_PAYMENTS_QUEUE": queue,
        "LINLI_ALARM_TOPIC": topic,
        "LINLI_FILES": f"s3://{data['FilesBucket']}",
    }
    assert checks._things(account, there) == []
    gone = checks._things(
        account,
        {
            "LINLI_TABLE_JOURNAL": "linli-dev-nothing",
            "LINLI_PAYMENTS_QUEUE": queue.replace("there", "gone"),
            "LINLI_ALARM_TOPIC": topic.replace("there", "gone"),
            "LINLI_FILES": "s3://linli-nothing",
        },
    )
    assert [line.split(":")[0] for line in gone] == [
        "LINLI_TABLE_JOURNAL",
        "LINLI_PAYMENTS_QUEUE",
        "LINLI_FILES",
        "LINLI_ALARM_TOPIC",
    ]


# --- keys --------------------------------------------------------------------------------------


@pytest.fixture
def people(account: Account, data: dict[str, str]) -> Iterator[list[str]]:
    """Three members, registered under the present data key of stage dev."""
    with environment(rotate.settings_of(account, "dev")):
        if not identity.administrators(NOW):
            identity.make_first_administrator("13900000001", "林晓岚", NOW)
            admin = identity.actor_for(identity.member_by_phone("13900000001").id, NOW)
            identity.add_community("longjing", "龙井社区", by=admin, now_ms=NOW)
        admin = identity.actor_for(identity.member_by_phone("13900000001").id, NOW)
        yield [_registered(admin) for _ in range(3)]


_next_phone = iter(range(13_900_000_100, 13_900_000_200))


def _registered(admin: identity.Actor) -> str:
    made = identity.register_member(
        admin,
        name="周秀英",
        community_id="longjing",
        consent_on_paper=True,
        submission=form(),
        now_ms=NOW,
        phone=str(next(_next_phone)),
    )
    return made.id


def test_a_new_data_key_and_everything_kept_under_it(
    account: Account, screen: Screen, data: dict[str, str], people: list[str]
) -> None:
    secret = RingSecret(account.client("secretsmanager"), data["DataKeysSecretArn"])
    before = secret.read()
    rotate.rotate(account, "dev", "data", wait_s=0)
    after = secret.read()
    assert after.older == list(before.keys)
    assert after.keys[before.current] == before.keys[before.current]
    assert f"phones stored under the present key: {len(people) + 1}, could not be: 0" in screen.lines
    for ring in (before, after):
        assert not any(key in screen.text for key in ring.keys.values()), "keys are never shown"

    rotate.retire(account, "dev", "data")
    assert list(secret.read().keys) == [after.current]
    with environment(rotate.settings_of(account, "dev")):
        assert all(identity.member(one).phone is not None for one in people)
        assert list(identity.verify_facts()) == []
        assert identity.member_by_phone("13900000001").name == "林晓岚"


def test_a_data_key_that_something_is_kept_under_is_not_retired(
    account: Account, data: dict[str, str], people: list[str]
) -> None:
    secret = RingSecret(account.client("secretsmanager"), data["DataKeysSecretArn"])
    ring = secret.read().with_new()
    secret.put(ring.with_current(ring.waiting))  # by hand, or stopped before everything was stored again
    with pytest.raises(DeployFailed, match=f"under {ring.current}"):
        rotate.retire(account, "dev", "data")
    assert secret.read().older == [ring.current]
    rotate.rotate(account, "dev", "data", wait_s=0)
    assert secret.read().older == [ring.current], "it went on where the other had stopped, without another key"
    rotate.retire(account, "dev", "data")
    assert secret.read().older == []


def test_a_rotation_that_was_stopped_while_it_waited_goes_on(account: Account, data: dict[str, str]) -> None:
    secret = RingSecret(account.client("secretsmanager"), data["SigningKeysSecretArn"])
    waiting = secret.read().with_new()
    secret.put(waiting)
    rotate.rotate(account, "dev", "signing", wait_s=0)
    now = secret.read()
    assert (now.current, len(now.keys)) == (waiting.waiting, len(waiting.keys))
    rotate.retire(account, "dev", "signing")
    assert secret.read().older == []


def test_a_signing_key_is_retired_only_when_somebody_agrees(account: Account, data: dict[str, str]) -> None:
    secret = RingSecret(account.client("secretsmanager"), data["SigningKeysSecretArn"])
    rotate.rotate(account, "dev", "signing", wait_s=0)
    account.person = Person()
    with pytest.raises(DeployFailed, match="Paper cards"):
        rotate.retire(account, "dev", "signing")
    assert len(secret.read().older) == 1
    account.person = Person(yes=True)
    rotate.retire(account, "dev", "signing")


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"current":"k1"}', '{"current":"k1","k1":"ab"}', '{"k1":5}'])
def test_what_is_no_ring_is_not_touched(text: str) -> None:
    with pytest.raises(DeployFailed, match="AWSPREVIOUS"):
        Ring.read(text)


def test_a_ring_takes_steps_and_never_loses_its_present_key() -> None:
    first = Ring.read(json.dumps({"current": "d1", "d1": "ab" * 32}))
    second = first.with_new()
    assert (first.waiting, second.waiting, second.current) == ("", "d2", "d1")
    third = second.with_current("d2")
    assert (third.waiting, third.older) == ("", ["d1"])
    assert Ring.read(third.text()) == third
    with pytest.raises(ValueError, match="present key"):
        third.without(["d2"])
    with pytest.raises(KeyError):
        third.with_current("d9")
    assert "ab" * 32 not in repr(third)
