"""Roles as grants with a scope and an end date, and the actor who holds them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.errors import NotAllowed
from chalicelib.identity.model.faults import GrantEndInvalid, RoleUnknown, ScopeInvalid

STREET: Final = "street"
GRANT_DAYS_MAX: Final = 3 * 366
_DAY_MS: Final = 24 * 60 * 60 * 1000
_SCOPE = re.compile(r"street|(?:community|merchant|fund):[A-Za-z0-9_-]{1,40}")


class Role(StrEnum):
    """What a person may be asked to answer for. No role contains another: who grants roles cannot pay."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    ASSESSOR = "assessor"
    CLERK = "clerk"
    FUND_MANAGER = "fund_manager"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"


SCOPE_KINDS: Final[dict[Role, frozenset[str]]] = {
    Role.ADMIN: frozenset({"street"}),
    Role.COORDINATOR: frozenset({"street", "community"}),
    Role.ASSESSOR: frozenset({"street", "community"}),
    Role.CLERK: frozenset({"merchant"}),
    Role.FUND_MANAGER: frozenset({"street", "fund"}),
    Role.APPROVER: frozenset({"street", "fund"}),
    Role.SUPERVISOR: frozenset({"street"}),
}


def community_scope(community_id: str) -> str:
    return f"community:{community_id}"


def merchant_scope(merchant_id: str) -> str:
    return f"merchant:{merchant_id}"


def fund_scope(fund_id: str) -> str:
    return f"fund:{fund_id}"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over a scope until ``ends_at`` (ms): ``street`` covers every community and fund."""

    id: str
    role: Role
    scope: str
    ends_at: int
    granted_at: int
    granted_by: str
    reason: str

    def covers(self, role: Role, scope: str) -> bool:
        return self.role is role and self.scope in (scope, STREET)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a signed-in member with the grants that are in force at this moment.

    ``session_id`` is "" for a command on the machine itself.
    """

    member_id: str
    name: str
    session_id: str
    grants: tuple[Grant, ...] = ()
    number: str = ""
    community_id: str = ""

    @property
    def id(self) -> str:
        return self.member_id

    @property
    def display(self) -> str:
        """The masked name at the head of a page."""
        return masked_name(self.name)

    @property
    def is_staff(self) -> bool:
        return bool(self.grants)

    @property
    def is_admin(self) -> bool:
        return self.may(Role.ADMIN, STREET)

    def has(self, *roles: Role) -> bool:
        """Holds one of these roles, over whatever scope."""
        return any(grant.role in roles for grant in self.grants)

    def may(self, role: Role, scope: str) -> bool:
        """May act in this role over this scope."""
        return any(grant.covers(role, scope) for grant in self.grants)

    def may_read(self, role: Role, scope: str) -> bool:
        """May see what this role sees: who holds it, and the supervisor, who reads everything."""
        return self.may(role, scope) or self.has(Role.SUPERVISOR)

    def require(self, role: Role, scope: str) -> None:
        """Raises NotAllowed unless the actor may act in this role over this scope."""
        if not self.may(role, scope):
            raise NotAllowed(role=role.value, scope=scope)

    def require_read(self, role: Role, scope: str) -> None:
        """Raises NotAllowed unless the actor may see what this role sees over this scope."""
        if not self.may_read(role, scope):
            raise NotAllowed(role=role.value, scope=scope)

    def require_any(self, roles: tuple[Role, ...], scope: str) -> None:
        """Raises NotAllowed unless the actor may act in one of these roles over this scope."""
        if not any(self.may(role, scope) for role in roles):
            raise NotAllowed(role=roles[0].value, scope=scope)

    def scopes(self, role: Role) -> tuple[str, ...]:
        """The scopes over which the actor holds a role."""
        return tuple(grant.scope for grant in self.grants if grant.role is role)


def role_of(text: str) -> Role:
    """Raises RoleUnknown."""
    try:
        return Role(text)
    except ValueError:
        raise RoleUnknown() from None


def check_grant(role: Role, scope: str, ends_at: int, now_ms: int) -> None:
    """Raises ScopeInvalid, GrantEndInvalid."""
    if not _SCOPE.fullmatch(scope) or scope.partition(":")[0] not in SCOPE_KINDS[role]:
        raise ScopeInvalid(role=role.value, scope=scope[:50])
    if not now_ms < ends_at <= now_ms + GRANT_DAYS_MAX * _DAY_MS:
        raise GrantEndInvalid()


def in_force(grants: tuple[Grant, ...], now_ms: int) -> tuple[Grant, ...]:
    return tuple(grant for grant in grants if now_ms < grant.ends_at)


def masked_name(name: str) -> str:
    """``周秀英`` → ``周**``: what others than its owner and the staff in charge may see."""
    return name[:1] + "*" * min(max(len(name) - 1, 0), 3)
