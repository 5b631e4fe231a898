"""A key ring as it stands in its secret, and the steps by which it changes.

``{"current": "k2", "k2": "<64 hex>", "k1": "<64 hex>"}``. A new key is first only known and then made the present one,
so that no process meets what it cannot read; an old one goes when nothing needs it any more. Keys are never printed.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from infra.stage.stacks import DeployFailed

_ID = re.compile(r"([a-z]+)([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True)
class Ring:
    current: str
    keys: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Ring:
        """Raises DeployFailed; the text is not shown."""
        try:
            found = json.loads(text)
            keys = {name: str(value) for name, value in found.items() if name != "current"}
            whole = all(_ID.fullmatch(name) and len(bytes.fromhex(value)) >= 32 for name, value in keys.items())
            if not whole or found["current"] not in keys:
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DeployFailed(
                'The secret is no key ring such as {"current":"k1","k1":"<64 hex digits>"}. Secrets Manager keeps the '
                "version before as AWSPREVIOUS; put that back before anything else."
            ) from None
        return cls(str(found["current"]), keys)

    def text(self) -> str:
        return json.dumps({"current": self.current, **self.keys}, separators=(",", ":"))

    @property
    def waiting(self) -> str:
        """The key that was added and is not the present one yet, ""."""
        newest = max(self.keys, key=_number)
        return newest if _number(newest) > _number(self.current) else ""

    @property
    def older(self) -> list[str]:
        return sorted((name for name in self.keys if _number(name) < _number(self.current)), key=_number)

    def with_new(self) -> Ring:
        prefix = _ID.fullmatch(self.current)
        name = f"{prefix[1] if prefix else 'k'}{max(map(_number, self.keys)) + 1}"
        return replace(self, keys={**self.keys, name: secrets.token_hex(32)})

    def with_current(self, name: str) -> Ring:
        if name not in self.keys:
            raise KeyError(name)
        return replace(self, current=name)

    def without(self, names: list[str]) -> Ring:
        if self.current in names:
            raise ValueError("the present key stays")
        return replace(self, keys={name: key for name, key in self.keys.items() if name not in names})


class RingSecret:
    """The secret that holds a ring. ``manager`` is boto3's client of Secrets Manager."""

    def __init__(self, manager: Any, arn: str) -> None:
        self._manager, self._arn = manager, arn

    def read(self) -> Ring:
        return Ring.read(self._manager.get_secret_value(SecretId=self._arn).get("SecretString", ""))

    def put(self, ring: Ring) -> None:
        Ring.read(ring.text())  # what could not be read back is not written
        self._manager.put_secret_value(SecretId=self._arn, SecretString=ring.text())


def _number(name: str) -> int:
    found = _ID.fullmatch(name)
    return int(found[2]) if found else 0
