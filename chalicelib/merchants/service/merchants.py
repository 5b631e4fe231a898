"""Merchants: applied for by staff, approved by another person, suspended and resumed; and their clerks."""

from __future__ import annotations

from chalicelib import clock, ids
from chalicelib.errors import NotAllowed
from chalicelib.identity import service as identity
from chalicelib.identity.service import STREET, Actor, Grant, Member, Role, community_scope, merchant_scope
from chalicelib.ledger.store import totals
from chalicelib.merchants.model.faults import MerchantUnknown
from chalicelib.merchants.model.merchants import NAME_CHARACTERS_MAX, PLACE_CHARACTERS_MAX, Merchant, Status, text
from chalicelib.merchants.store import merchants as store
from chalicelib.table import Write, commit, fresh_reads

KEEPERS = (Role.COORDINATOR, Role.FUND_MANAGER)
"""Who enters merchants and their offers, within the scope of their grant."""

PHONE_CHARACTERS_MAX = 20


@fresh_reads
def apply(
    actor: Actor, *, name: str, community_id: str, place: str, phone: str, submission: str, now_ms: int
) -> Merchant:
    """Enter the application of a shop. The same ``submission`` again returns what it made.

    Raises NotAllowed, CommunityUnknown, TextInvalid.
    """
    community = identity.community(community_id)
    actor.require_any(KEEPERS, community_scope(community.id))
    merchant_id = ids.derived_ulid(ids.ulid_ms(submission), "merchant", submission)
    existing = store.merchant(merchant_id)
    if existing is not None:
        return existing
    merchant = Merchant(
        id=merchant_id,
        name=text("name", name, NAME_CHARACTERS_MAX),
        community_id=community.id,
        place=text("place", place, PLACE_CHARACTERS_MAX),
        phone=text("phone", phone, PHONE_CHARACTERS_MAX, required=False),
        applied_by=actor.member_id,
        applied_at=now_ms,
    )
    commit(store.create_writes(merchant) + _note(actor, "merchant_apply", merchant, "", now_ms))
    return merchant


@fresh_reads
def approve(actor: Actor, merchant_id: str, *, agreement: str, now_ms: int) -> Merchant:
    """Another person approves, naming the signed agreement; the merchant's account is opened.

    Approving again what one has approved returns it. Raises NotAllowed, MerchantUnknown,
    OwnApplication, MerchantDecided, AgreementMissing.
    """
    actor.require(Role.APPROVER, STREET)
    read = merchant(merchant_id)
    if read.status == "active" and read.decided_by == actor.member_id:
        return read
    after = read.approved(actor.member_id, agreement, now_ms)
    commit(
        store.replace_writes(read, after)
        + totals.owner_writes("merchant", read.id, clock.shanghai_month(now_ms))
        + _note(actor, "merchant_approve", after, after.agreement, now_ms)
    )
    return after


@fresh_reads
def reject(actor: Actor, merchant_id: str, *, why: str, now_ms: int) -> Merchant:
    """Another person says no. Raises NotAllowed, MerchantUnknown, OwnApplication, MerchantDecided, TextInvalid."""
    actor.require(Role.APPROVER, STREET)
    read = merchant(merchant_id)
    if read.status == "rejected" and read.decided_by == actor.member_id:
        return read
    after = read.rejected(actor.member_id, why, now_ms)
    commit(store.replace_writes(read, after) + _note(actor, "merchant_reject", after, after.why, now_ms))
    return after


@fresh_reads
def suspend(actor: Actor, merchant_id: str, *, why: str, now_ms: int) -> Merchant:
    """Stop a merchant at once: nothing is issued or captured; members may still cancel.

    Raises NotAllowed, MerchantUnknown, MerchantNotActive, TextInvalid.
    """
    read = merchant(merchant_id)
    actor.require_any((*KEEPERS, Role.APPROVER), community_scope(read.community_id))
    after = read.suspended(why)
    if after is not read:
        commit(store.replace_writes(read, after) + _note(actor, "merchant_suspend", after, after.why, now_ms))
    return after


@fresh_reads
def resume(actor: Actor, merchant_id: str, *, now_ms: int) -> Merchant:
    """Let a suspended merchant go on; an approver does. Raises NotAllowed, MerchantUnknown, MerchantNotActive."""
    actor.require(Role.APPROVER, STREET)
    read = merchant(merchant_id)
    after = read.resumed()
    if after is not read:
        commit(store.replace_writes(read, after) + _note(actor, "merchant_resume", after, "", now_ms))
    return after


def merchant(merchant_id: str) -> Merchant:
    """Raises MerchantUnknown."""
    found = store.merchant(merchant_id) if ids.is_ulid(merchant_id) else None
    if found is None:
        raise MerchantUnknown()
    return found


def merchants(actor: Actor, status: Status, *, limit: int = 20, cursor: str = "") -> tuple[list[Merchant], str]:
    """Merchants of one status, newest first, for staff. Raises NotAllowed, BadCursor."""
    if not actor.has(*KEEPERS, Role.APPROVER, Role.ADMIN, Role.SUPERVISOR):
        raise NotAllowed(role=Role.COORDINATOR.value)
    return store.merchants(status, limit=limit, cursor=cursor)


def open_merchants() -> list[Merchant]:
    """Where a clerk can be put: every active merchant of the street, at most a few hundred."""
    found, cursor = store.merchants("active", limit=100)
    while cursor:
        more, cursor = store.merchants("active", limit=100, cursor=cursor)
        found.extend(more)
    return found


def merchants_of(actor: Actor) -> list[Merchant]:
    """The merchants at whose till the actor stands."""
    held = (scope.partition(":")[2] for scope in actor.scopes(Role.CLERK))
    found = (store.merchant(merchant_id) for merchant_id in dict.fromkeys(held))
    return [one for one in found if one is not None]


def add_clerk(
    actor: Actor, merchant_id: str, *, phone: str, ends_at: int, reason: str, submission: str, now_ms: int
) -> tuple[Member, Grant]:
    """Let the member with this phone stand at the till, until ``ends_at`` (ms). An administrator does.

    Raises NotAllowed, MerchantUnknown, MerchantNotActive, MerchantSuspended, MemberUnknown (nobody has
    signed up with this phone), PhoneInvalid and its kin, GrantExists, GrantEndInvalid, ReasonMissing.
    """
    actor.require(Role.ADMIN, STREET)
    found = merchant(merchant_id)
    found.require_open()
    clerk = identity.member_by_phone(phone)
    grant = identity.grant_role(
        actor,
        clerk.id,
        Role.CLERK,
        merchant_scope(found.id),
        ends_at=ends_at,
        reason=reason,
        submission=submission,
        now_ms=now_ms,
    )
    return clerk, grant


def clerks(actor: Actor, merchant_id: str, now_ms: int) -> list[Member]:
    """Who may stand at this merchant's till now. Raises NotAllowed, MerchantUnknown."""
    found = merchant(merchant_id)
    require_reader(actor, found)
    return identity.holders(Role.CLERK, merchant_scope(found.id), now_ms)


def require_reader(actor: Actor, of: Merchant) -> None:
    """The merchant's clerks and the staff who look after it see its list and sums. Raises NotAllowed."""
    if actor.may(Role.CLERK, merchant_scope(of.id)) or actor.has(Role.SUPERVISOR):
        return
    if actor.has(Role.ADMIN):
        return
    actor.require_any((*KEEPERS, Role.APPROVER), community_scope(of.community_id))


def _note(actor: Actor, what: str, about: Merchant, why: str, now_ms: int) -> list[Write]:
    return identity.note_writes(actor.member_id, what, about.id, why, now_ms)
