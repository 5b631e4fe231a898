"""The people of the fund's stories, with the roles that they hold."""

from __future__ import annotations

from datetime import date

from chalicelib import clock, ids
from chalicelib.identity.service import Actor, Grant, Role

NOW = clock.day_start_ms(date(2026, 11, 22)) + 10 * 3_600_000
YEAR_MS = 366 * 24 * 3_600_000


def member_id(name: str) -> str:
    return ids.derived_ulid(NOW, "member", name)


def submission(*what: str) -> str:
    """The ULID of a form as the page would have made it."""
    return ids.derived_ulid(NOW, "form", *what)


def somebody(name: str, *roles: tuple[Role, str]) -> Actor:
    grants = tuple(Grant(f"g{n}", role, scope, NOW + YEAR_MS, NOW, "x", "x") for n, (role, scope) in enumerate(roles))
    return Actor(member_id=member_id(name), name=name, session_id="s", grants=grants)


ADMIN = somebody("管理员", (Role.ADMIN, "street"))
MANAGER = somebody("李会计", (Role.FUND_MANAGER, "fund:main"))
OTHER_MANAGER = somebody("钱经理", (Role.FUND_MANAGER, "street"))
APPROVER = somebody("王主任", (Role.APPROVER, "fund:main"))
SECOND_APPROVER = somebody("陈书记", (Role.APPROVER, "street"))
BOTH = somebody("赵主管", (Role.FUND_MANAGER, "fund:main"), (Role.APPROVER, "fund:main"))
SUPERVISOR = somebody("孙监督", (Role.SUPERVISOR, "street"))
FOREIGN_MANAGER = somebody("外街会计", (Role.FUND_MANAGER, "fund:other"))
RESIDENT = somebody("周阿姨")
