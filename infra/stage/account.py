"""The AWS account and region that the environment's credentials reach, and whoever sits before the screen."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chalicelib import cloud
from infra.stage.stacks import POLL_S, DeployFailed, Say, Stacks


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asked. ``yes`` answers every question with yes; ``types`` says whether anybody can type at all."""

    yes: bool = False
    types: bool = False

    def agrees(self, question: str) -> bool:
        if self.yes:
            return True
        if not self.types:
            raise DeployFailed(f"{question} Nobody can answer here: add YES=1 to say yes beforehand.")
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")

    def says(self, question: str, *, hidden: bool = False) -> str:
        """What is typed; "" where nobody can type."""
        if not self.types:
            return ""
        return (getpass.getpass(f"{question}: ") if hidden else input(f"{question}: ")).strip()


@dataclass
class Account:
    """``session`` is boto3's. ``poll_s``: how often is asked whether something is ready."""

    session: Any
    person: Person = field(default_factory=Person)
    say: Say = print
    poll_s: float = POLL_S
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def client(self, service: str) -> Any:
        """The one client of ``service``, made when it is first needed."""
        from botocore.config import Config

        if service not in self._clients:
            retries = Config(retries={"total_max_attempts": 5, "mode": "standard"})
            self._clients[service] = self.session.client(service, config=retries)
        return self._clients[service]

    @cached_property
    def stacks(self) -> Stacks:
        return Stacks(self.client("cloudformation"), self.say, self.poll_s)

    @cached_property
    def who(self) -> str:
        """The account's number, as AWS knows our credentials."""
        return str(self.client("sts").get_caller_identity()["Account"])

    @property
    def region(self) -> str:
        return str(self.session.region_name)


def here(person: Person) -> Account:
    """The account of the environment's credentials. Raises DeployFailed where the region is not said."""
    import boto3

    session = boto3.Session()
    if not session.region_name:
        raise DeployFailed("Which region? Set AWS_DEFAULT_REGION, such as ap-east-1 or cn-north-1.")
    return Account(session, person)


def person(yes: bool) -> Person:
    return Person(yes=yes, types=sys.stdin.isatty())


def run(command: str, what: Callable[[], int]) -> int:
    """Run a command; what can be expected to go wrong ends it with a sentence and not with a trace."""
    try:
        with told():
            return what()
    except DeployFailed as failed:
        print(f"{command}: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"\n{command}: stopped. What had been begun goes on at AWS; the same command takes it up.", file=sys.stderr
        )
        return 130


@contextmanager
def told() -> Iterator[None]:
    """AWS's refusals as DeployFailed, naming what was not allowed."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except NoCredentialsError as error:
        raise DeployFailed(
            "No credentials: sign in with `aws configure sso` or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except ClientError as error:
        said = error.response.get("Error", {})
        code, message = str(said.get("Code", "")), str(said.get("Message", ""))
        denial = cloud.denied(code, message, error.operation_name)
        if denial is not None:
            action, resource = denial.fields["action"], denial.fields["resource"]
            raise DeployFailed(f"Your own credentials may not {action} on {resource or 'it'} ({code}).") from error
        raise DeployFailed(f"AWS refused {error.operation_name}: {code}: {message}") from error
    except BotoCoreError as error:
        raise DeployFailed(f"AWS cannot be reached: {error}") from error


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Within the block chalicelib has the settings of a function that is deployed, and our credentials."""
    from chalicelib import config, table

    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("LINLI_")]:
        del os.environ[name]
    os.environ.update(values)
    _forget(config, table)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _forget(config, table)


def _forget(config: Any, table: Any) -> None:
    config.settings.cache_clear()
    table.forget_connections()
    cloud.forget_clients()
