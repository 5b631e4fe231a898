"""Sending one-time codes: to whom, how often, and what was sent."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from chalicelib import ids
from chalicelib.config import settings
from chalicelib.errors import Unavailable
from chalicelib.identity import gateway, phones
from chalicelib.identity.model.codes import (
    CODE_LIFE_MS,
    FROM_ONE_ADDRESS_PER_HOUR_MAX,
    FROM_ONE_BROWSER_PER_HOUR_MAX,
    RESEND_AFTER_MS,
    PhoneCodes,
    SentCode,
)
from chalicelib.identity.model.faults import CodeUnknown
from chalicelib.identity.model.phone import StoredPhone, masked, normalise
from chalicelib.identity.store import access, people
from chalicelib.table import Write, commit, fresh_reads


@dataclass(frozen=True, slots=True)
class CodeSent:
    """``id`` names the request when the code is typed. Times in ms."""

    id: str
    phone_masked: str
    sent_at: int
    resend_at: int
    expires_at: int


def send_code(
    phone: str, *, submission: str, now_ms: int, browser_id: str = "", ip: str = "", lang: str = "zh"
) -> CodeSent:
    """Send a code by SMS. The same submission again sends nothing and says the same.

    Raises:
        PhoneMissing, PhoneInvalid, PhoneIsLandline, PhoneForeign.
        CodeTooSoon, CodesTooMany: with ``retry_after_s``.
        SmsUnavailable, PermissionMissing: the message service did not take it; asking again at once is allowed.
    """
    number = normalise(phone)
    code_id = ids.derived_ulid(ids.ulid_ms(submission), "code", submission, number)
    code = f"{secrets.randbelow(1_000_000):06d}"
    origin = _digest(browser_id) if browser_id else code_id
    new = SentCode(code_id, code_hash(code_id, code), secrets.token_urlsafe(16), now_ms, origin)
    sent, is_new = _admit(number, new, _places(browser_id, ip))
    if is_new:
        try:
            gateway.send_sms(number, _message(code, lang))
        except Unavailable:
            _give_back(number, code_id, now_ms)
            raise
    shown = masked(number)
    return CodeSent(code_id, shown, sent.sent_at, sent.sent_at + RESEND_AFTER_MS, sent.sent_at + CODE_LIFE_MS)


def send_again(
    code_id: str, *, submission: str, now_ms: int, browser_id: str = "", ip: str = "", lang: str = "zh"
) -> CodeSent:
    """Another code to the phone of an earlier request; the earlier code stays good until it expires.

    Raises what ``send_code`` does, and CodeUnknown.
    """
    phone, _ = asked(code_id)
    number = phones.revealed(phone, code_id)
    return send_code(number, submission=submission, now_ms=now_ms, browser_id=browser_id, ip=ip, lang=lang)


def code_sent(code_id: str) -> CodeSent:
    """What was sent under this id, for the page where the code is typed. Raises CodeUnknown."""
    phone, read = asked(code_id)
    sent = read.find(code_id)
    if sent is None:
        raise CodeUnknown()
    return CodeSent(code_id, phone.masked, sent.sent_at, sent.sent_at + RESEND_AFTER_MS, sent.sent_at + CODE_LIFE_MS)


def is_same_phone(sent: CodeSent, phone: str) -> bool:
    """Whether ``phone``, however it is spelt, is the one that this code went to."""
    kept, _ = asked(sent.id)
    return phones.revealed(kept, sent.id) == normalise(phone)


@fresh_reads
def _admit(number: str, new: SentCode, places: list[tuple[str, str, int]]) -> tuple[SentCode, bool]:
    phone = phones.stored(number, new.id)
    read = access.codes(phone)
    record = read.value if read is not None else PhoneCodes()
    before = record.find(new.id)
    if before is not None and not before.failed:
        return before, False
    now_ms = new.sent_at
    writes: list[Write] = [access.codes_write(phone, record.sending(new, now_ms), read, now_ms)]
    if access.asked(new.id) is None:
        writes.append(access.asked_write(new.id, phone, now_ms))
    writes += [access.limit_write(kind, digest, most, now_ms) for kind, digest, most in places]
    commit(writes)
    return new, True


@fresh_reads
def _give_back(number: str, code_id: str, now_ms: int) -> None:
    """A code that was never taken by the message service does not hold up the next one."""
    phone = phones.stored(number, code_id)
    read = access.codes(phone)
    if read is not None:
        commit([access.codes_write(phone, read.value.failing(code_id), read, now_ms)])


def asked(code_id: str) -> tuple[StoredPhone, PhoneCodes]:
    """The phone that a code was asked for, and all its codes. Raises CodeUnknown."""
    phone = access.asked(code_id) if ids.is_ulid(code_id) else None
    read = access.codes(phone) if phone is not None else None
    if phone is None or read is None:
        raise CodeUnknown()
    return phone, read.value


def code_hash(code_id: str, code: str, key_id: str | None = None) -> str:
    key = settings().secret_keys.derive("code", key_id)
    return hmac.new(key, f"{code_id}:{code}".encode(), hashlib.sha256).hexdigest()


def code_matches(sent: SentCode, typed: str) -> bool:
    """Whether it is the code that was sent, under whichever key it was kept."""
    return settings().secret_keys.fits_any(
        lambda key_id: hmac.compare_digest(sent.code_hash, code_hash(sent.id, typed, key_id))
    )


def _places(browser_id: str, ip: str) -> list[tuple[str, str, int]]:
    places = []
    if browser_id:
        places.append(("browser", _digest(browser_id), FROM_ONE_BROWSER_PER_HOUR_MAX))
    if ip:
        places.append(("address", _digest(ip), FROM_ONE_ADDRESS_PER_HOUR_MAX))
    return places


def _digest(text: str) -> str:
    key = settings().data_keys.derive("limit")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:24]


def _message(code: str, lang: str) -> str:
    found = people.street()
    name = found.value.name if found is not None else "邻里"
    if lang == "en":
        return f"[{name}] {code} is your sign-in code, valid for 5 minutes. Never tell it to anybody."
    return f"【{name}】登录验证码:{code},5分钟内有效。请勿告诉任何人。"
