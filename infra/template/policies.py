"""The hand-written policies of infra/policies.yaml, read and put into CloudFormation's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from infra.template import cfn

FILE = Path(__file__).parents[1] / "policies.yaml"
ALLOWED_KEYS = {"why", "Effect", "Action", "Resource", "Condition"}


class PolicyWrong(Exception):
    """A policy that cannot be meant; the text says which."""


@dataclass(frozen=True)
class Statement:
    """One statement as it is written in the file; ``name`` is also its Sid."""

    name: str
    why: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[Any, ...]
    condition: Mapping[str, Any] | None

    @property
    def sid(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("-"))

    def cloudformation(self) -> dict[str, Any]:
        made = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        return made | ({"Condition": dict(self.condition)} if self.condition else {})


@dataclass(frozen=True)
class Policies:
    statements: Mapping[str, Statement]
    every: tuple[str, ...]
    functions: Mapping[str, tuple[str, ...]]

    def of(self, function: str) -> list[Statement]:
        """The statements of a function: its own, then what every function has."""
        return [self.statements[name] for name in (*self.functions[function], *self.every)]

    def document(self, function: str, own: Mapping[str, str]) -> dict[str, Any]:
        """The policy document; ``own`` says which resources OwnLogs and OwnDeadLetters are."""
        found = [cfn.replaced(one.cloudformation(), own) for one in self.of(function)]
        return {"Version": "2012-10-17", "Statement": found}


@lru_cache(maxsize=1)
def policies() -> Policies:
    """Raises PolicyWrong."""
    return parse(cfn.load(FILE))


def parse(read: Mapping[str, Any]) -> Policies:
    """What the file says, refused when a name is unknown, unused or given twice. Raises PolicyWrong."""
    statements = {name: _statement(name, of) for name, of in read["statements"].items()}
    every = tuple(read["every"])
    functions = {name: tuple(of) for name, of in read["functions"].items()}
    for function, names in functions.items():
        given = (*names, *every)
        unknown = [name for name in given if name not in statements]
        if unknown:
            raise PolicyWrong(f"{function}: no statement is named {', '.join(unknown)}")
        if len(set(given)) != len(given):
            raise PolicyWrong(f"{function}: a statement is named twice")
    unused = set(statements) - {name for names in (*functions.values(), every) for name in names}
    if unused:
        raise PolicyWrong(f"no function has {', '.join(sorted(unused))}")
    return Policies(statements, every, functions)


def _statement(name: str, of: Mapping[str, Any]) -> Statement:
    if set(of) - ALLOWED_KEYS or not of.get("why"):
        raise PolicyWrong(f"{name}: needs why, and has nothing but {', '.join(sorted(ALLOWED_KEYS))}")
    if of["Effect"] not in ("Allow", "Deny"):
        raise PolicyWrong(f"{name}: Effect is Allow or Deny")
    return Statement(name, of["why"], of["Effect"], tuple(of["Action"]), tuple(of["Resource"]), of.get("Condition"))
