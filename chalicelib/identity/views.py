"""People as pages show them: masked, with roles and scopes in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.identity.model.member import Community, Member
from chalicelib.identity.model.roles import Grant, Role
from chalicelib.identity.model.sessions import AuditNote, Session
from chalicelib.web.i18n import N_

ROLE_TITLES: Final[dict[Role, str]] = {
    Role.ADMIN: N_("管理员"),
    Role.COORDINATOR: N_("活动负责人"),
    Role.ASSESSOR: N_("评价员"),
    Role.CLERK: N_("商家核销员"),
    Role.FUND_MANAGER: N_("基金管理员"),
    Role.APPROVER: N_("审批人"),
    Role.SUPERVISOR: N_("监督员"),
}

_NOTE_TITLES: Final = {
    "register": N_("代为登记"),
    "sign_up": N_("自行登记"),
    "reveal_phone": N_("查看完整手机号码"),
    "grant": N_("授予角色"),
    "revoke": N_("撤销角色"),
    "card": N_("印制纸质卡"),
    "card_reprint": N_("补印纸质卡"),
    "card_revoke": N_("作废纸质卡"),
    "street": N_("修改街道信息"),
    "community": N_("添加社区"),
    "fund_facts": N_("修改基金设置"),
    "fund_account": N_("添加或停用银行账户"),
    "fund_pot": N_("开立或修改资金池"),
    "poster": N_("制作或停用海报"),
    "reveal_payee_account": N_("查看收款账号"),
    "export_report_csv": N_("导出支出明细报告(CSV)"),
    "export_report_xlsx": N_("导出支出明细报告(Excel)"),
    "export_journal": N_("导出日记账"),
    "export_verification": N_("核对全部账目"),
}

# The order matters: WeChat's browser also calls itself iPhone or Android.
_DEVICES: Final = (
    ("MicroMessenger", "微信"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """One plain word for a device, all that is kept of what its browser says."""
    return next((word for sign, word in _DEVICES if sign in user_agent), N_("其他设备"))


def grouped(number: str) -> str:
    """A volunteer or card number in groups, to be read aloud and typed: ``V 7N6A ASGA``."""
    return f"{number[:1]} {number[1:5]} {number[5:]}" if len(number) == 9 else number


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant in words. ``ended`` when its date is past."""

    id: str
    role: str
    scope: str
    ends_at: int
    ended: bool
    reason: str


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody on the staff, with their grants."""

    id: str
    name: str
    number: str
    phone: str
    grants: tuple[GrantRow, ...]


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One line of the audit log."""

    at: int
    by: str
    what: str
    subject: str
    why: str
    detail: str


def scope_titles(communities: Sequence[Community], offered: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Every scope that can be named, with its title."""
    titles = {"street": N_("全街道")}
    titles |= {f"community:{one.id}": one.name for one in communities}
    return titles | dict(offered)


def grant_rows(grants: Sequence[Grant], titles: Mapping[str, str], now_ms: int) -> tuple[GrantRow, ...]:
    return tuple(
        GrantRow(
            grant.id,
            ROLE_TITLES[grant.role],
            titles.get(grant.scope, grant.scope),
            grant.ends_at,
            now_ms >= grant.ends_at,
            grant.reason,
        )
        for grant in grants
    )


def staff_rows(members: Sequence[Member], titles: Mapping[str, str], now_ms: int) -> list[StaffRow]:
    return [
        StaffRow(one.id, one.name, grouped(one.number), one.phone_masked, grant_rows(one.grants, titles, now_ms))
        for one in members
    ]


def note_rows(notes: Sequence[AuditNote], names: Mapping[str, str], titles: Mapping[str, str]) -> list[NoteRow]:
    """Names stand where a member is meant, ids where something else is."""
    names = {"command": N_("本机命令"), **names}
    return [
        NoteRow(
            note.at,
            names.get(note.by, note.by),
            _NOTE_TITLES.get(note.what, note.what),
            names.get(note.subject, note.subject),
            note.why,
            _detail(note, titles),
        )
        for note in notes
    ]


def session_rows(sessions: Sequence[Session], current: str) -> list[tuple[Session, bool]]:
    """Sessions with whether each is the one that asks."""
    return [(session, session.id == current) for session in sessions]


def _detail(note: AuditNote, titles: Mapping[str, str]) -> str:
    if note.what not in ("grant", "revoke"):
        return note.detail
    role, _, scope = note.detail.partition(" ")
    return f"{ROLE_TITLES[Role(role)]} · {titles.get(scope, scope)}"
