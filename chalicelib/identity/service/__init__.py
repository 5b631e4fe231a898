"""What may be done with people: one function per use case. Other folders import from here."""

from __future__ import annotations

from chalicelib.identity.model import faults
from chalicelib.identity.model.member import (
    NOTICE_VERSION,
    Community,
    Consent,
    Member,
    Street,
    clean_name,
    clean_reason,
)
from chalicelib.identity.model.roles import (
    STREET,
    Actor,
    Grant,
    Role,
    community_scope,
    fund_scope,
    masked_name,
    merchant_scope,
    role_of,
)
from chalicelib.identity.model.sessions import AuditNote, Card, Session
from chalicelib.identity.service.audit import note_writes, notes_about, notes_in
from chalicelib.identity.service.cards import (
    card_token,
    member_by_card,
    member_of_card,
    print_card,
    reprint_card,
    revoke_card,
)
from chalicelib.identity.service.checks import verify_facts
from chalicelib.identity.service.codes import CodeSent, code_sent, is_same_phone, send_again, send_code
from chalicelib.identity.service.grants import grant_role, holders, revoke_grant, staff
from chalicelib.identity.service.members import (
    actor_for,
    find_member,
    may_keep,
    member,
    member_by_number,
    member_by_phone,
    members_of,
    names,
    register_member,
    reveal_phone,
    seen_member,
    set_language,
)
from chalicelib.identity.service.rekeying import phone_keys, rekey_phones
from chalicelib.identity.service.sessions import actor_of, sessions_of, sign_out, sign_out_everywhere, sign_out_session
from chalicelib.identity.service.setup import (
    add_community,
    administrators,
    communities,
    community,
    contact,
    make_first_administrator,
    set_up_street,
    street,
)
from chalicelib.identity.service.sign_in import SignedIn, SignUpNeeded, claimed, sign_up, try_code
from chalicelib.identity.tokens import sign as sign_token
from chalicelib.identity.tokens import verify as verify_token

__all__ = [
    "NOTICE_VERSION",
    "STREET",
    "Actor",
    "AuditNote",
    "Card",
    "CodeSent",
    "Community",
    "Consent",
    "Grant",
    "Member",
    "Role",
    "Session",
    "SignUpNeeded",
    "SignedIn",
    "Street",
    "actor_for",
    "actor_of",
    "add_community",
    "administrators",
    "card_token",
    "claimed",
    "clean_name",
    "clean_reason",
    "code_sent",
    "communities",
    "community",
    "community_scope",
    "contact",
    "faults",
    "find_member",
    "fund_scope",
    "grant_role",
    "holders",
    "is_same_phone",
    "make_first_administrator",
    "masked_name",
    "may_keep",
    "member",
    "member_by_card",
    "member_by_number",
    "member_by_phone",
    "member_of_card",
    "members_of",
    "merchant_scope",
    "names",
    "note_writes",
    "notes_about",
    "notes_in",
    "phone_keys",
    "print_card",
    "register_member",
    "rekey_phones",
    "reprint_card",
    "reveal_phone",
    "revoke_card",
    "revoke_grant",
    "role_of",
    "seen_member",
    "send_again",
    "send_code",
    "sessions_of",
    "set_language",
    "set_up_street",
    "sign_out",
    "sign_out_everywhere",
    "sign_out_session",
    "sign_token",
    "sign_up",
    "staff",
    "street",
    "try_code",
    "verify_facts",
    "verify_token",
]
