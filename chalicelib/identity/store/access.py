"""What sign-in leaves behind: codes, limits, sessions; and the audit log."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute

from chalicelib import table
from chalicelib.clock import shanghai_month
from chalicelib.identity.model.codes import CODE_LIFE_MS, HOUR_MS, SIGN_UP_LIFE_MS, PhoneCodes
from chalicelib.identity.model.faults import CodesTooMany
from chalicelib.identity.model.phone import StoredPhone
from chalicelib.identity.model.sessions import VOLUNTEER_SESSION_MS, AuditNote, Session
from chalicelib.table import AppItem, ModelAttribute, Write


class CodesItem(AppItem):
    """``CODES#<key id>#<phone hash>`` / ``#``: the codes of one phone within the last hour."""

    value = ModelAttribute(PhoneCodes)


class AskedItem(AppItem):
    """``ASKED#<id>`` / ``#``: which phone a request for a code was for; gone within two hours."""

    value = ModelAttribute(StoredPhone)


class LimitItem(AppItem):
    """``LIMIT#<kind>#<hash>#<hour>`` / ``#``: how often something was asked from one place."""

    times = NumberAttribute(default=0)


class SessionItem(AppItem):
    """``SESSION#<hash of the token>`` / ``#``. ``by_1``: the sessions of one member."""

    value = ModelAttribute(Session)


class AuditItem(AppItem):
    """``AUDIT#<yyyymm>`` / ``<ms>#<id>``. ``by_1``: what was done to one subject."""

    value = ModelAttribute(AuditNote)


# --- codes -------------------------------------------------------------------------------------


def codes(phone: StoredPhone) -> CodesItem | None:
    return table.get(CodesItem, _codes_pk(phone), "#")


def codes_write(phone: StoredPhone, after: PhoneCodes, read: CodesItem | None, now_ms: int) -> Write:
    expires_at = (now_ms + HOUR_MS + SIGN_UP_LIFE_MS) // 1000
    item = CodesItem(pk=_codes_pk(phone), sk="#", value=after, expires_at=expires_at)
    return table.create(item) if read is None else table.replace_version(item, int(read.version))


def asked(code_id: str) -> StoredPhone | None:
    item = table.get(AskedItem, f"ASKED#{code_id}", "#")
    return item.value if item is not None else None


def asked_write(code_id: str, phone: StoredPhone, now_ms: int) -> Write:
    expires_at = (now_ms + HOUR_MS + CODE_LIFE_MS + SIGN_UP_LIFE_MS) // 1000
    return table.create(AskedItem(pk=f"ASKED#{code_id}", sk="#", value=phone, expires_at=expires_at))


def limit_write(kind: str, digest: str, most: int, now_ms: int) -> Write:
    """Count one more within this hour. Raises CodesTooMany when ``most`` are counted; the write
    itself is conditioned on it."""
    hour, into = divmod(now_ms, HOUR_MS)
    full = CodesTooMany(retry_after_s=(HOUR_MS - into) // 1000 + 1)
    item = LimitItem(pk=f"LIMIT#{kind}#{digest}#{hour}", sk="#", times=1, expires_at=(now_ms + 2 * HOUR_MS) // 1000)
    read = table.get(LimitItem, item.pk, item.sk)
    if read is None:
        return table.create(item)
    if int(read.times) >= most:
        raise full
    return table.update(item, [LimitItem.times.add(1)], LimitItem.times < most, full)


def _codes_pk(phone: StoredPhone) -> str:
    return f"CODES#{phone.lookup_key}#{phone.lookup_hash}"


# --- sessions ----------------------------------------------------------------------------------


def session(session_id: str) -> Session | None:
    item = table.get(SessionItem, f"SESSION#{session_id}", "#")
    return item.value if item is not None else None


def session_write(session: Session) -> Write:
    return table.create(
        SessionItem(
            pk=f"SESSION#{session.id}",
            sk="#",
            value=session,
            pk_1=f"SESSIONS#{session.member_id}",
            sk_1=f"{session.created_at:013d}",
            expires_at=(session.created_at + VOLUNTEER_SESSION_MS) // 1000,
        )
    )


def session_delete(session_id: str) -> Write:
    return table.delete(SessionItem(pk=f"SESSION#{session_id}", sk="#"))


def sessions_of(member_id: str) -> list[Session]:
    """Newest first; a moment behind the truth."""
    found = table.query(SessionItem, f"SESSIONS#{member_id}", index="by_1", newest_first=True)
    return [item.value for item in found]


# --- audit -------------------------------------------------------------------------------------


def audit_write(note: AuditNote) -> Write:
    key = f"{note.at:013d}#{note.id}"
    return table.create(
        AuditItem(pk=f"AUDIT#{shanghai_month(note.at)}", sk=key, value=note, pk_1=f"AUDITED#{note.subject}", sk_1=key)
    )


def audit_of(subject: str, *, limit: int, cursor: str) -> tuple[list[AuditNote], str]:
    items, more = table.page(AuditItem, f"AUDITED#{subject}", index="by_1", limit=limit, cursor=cursor)
    return [item.value for item in items], more


def audit_in(month: str, *, limit: int, cursor: str) -> tuple[list[AuditNote], str]:
    """Notes of one Shanghai month (``yyyymm``), newest first."""
    items, more = table.page(AuditItem, f"AUDIT#{month}", limit=limit, cursor=cursor)
    return [item.value for item in items], more
