"""Words and rows of the spending pages, made from the model. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.clock import shanghai_day
from chalicelib.fund.model import categories
from chalicelib.fund.model.capital_amounts import capital
from chalicelib.fund.model.care_actions import CareAction, Step
from chalicelib.fund.model.disbursements import Disbursement
from chalicelib.fund.model.setup import Fund, FundPot
from chalicelib.web import format as fmt
from chalicelib.web.i18n import N_

CARE_STATES: Final = {
    "planned": (N_("待审批"), "warn"),
    "approved": (N_("已批准"), ""),
    "running": (N_("进行中"), ""),
    "signed_off": (N_("已完成"), "quiet"),
    "cancelled": (N_("已取消"), "quiet"),
}
"""State → its title and the kind of its tag."""
STATES: Final = {
    "requested": (N_("待审批"), "warn"),
    "approved": (N_("待付款"), "warn"),
    "paid": (N_("已付款"), ""),
    "rejected": (N_("已驳回"), "bad"),
    "cancelled": (N_("已撤销"), "quiet"),
}
_STEPS: Final = {
    "planned": N_("提交计划"),
    "approved": N_("审批通过"),
    "started": N_("开始执行"),
    "aliases": N_("更新受益代称(人数)"),
    "signed_off": N_("验收完成"),
    "cancelled": N_("取消"),
    "requested": N_("提出申请"),
    "rejected": N_("驳回"),
    "paid": N_("登记付款(流水号)"),
    "bounced": N_("登记退回"),
}
SOURCES: Final = {
    "charity": N_("慈善捐赠"),
    "fiscal": N_("财政资金"),
    "party": N_("党费支持"),
    "sponsor": N_("企业赞助"),
}
CHANNELS: Final = {"partner": N_("共建捐赠"), "online": N_("线上捐赠"), "event": N_("活动捐赠")}
TIERS: Final = {
    "individual": N_("爱心市民自捐"),
    "monthly": N_("小微商户月捐"),
    "fixed": N_("社会企业定捐"),
}
PAYEE_KINDS: Final = (("organisation", N_("单位")), ("person", N_("个人")))


@dataclass(frozen=True, slots=True)
class StepRow:
    """``who`` is a staff member's name, or a dash for who is no longer known."""

    what: str
    who: str
    at: int
    note: str


def step_rows(steps: Iterable[Step], names: Mapping[str, str]) -> list[StepRow]:
    return [StepRow(_STEPS.get(one.what, one.what), names.get(one.by, "—"), one.at, one.note) for one in steps]


def people_in(steps: Iterable[Step]) -> set[str]:
    return {one.by for one in steps}


def amounts(amount_fen: int) -> tuple[str, str]:
    """An amount in digits and in capitals, for whoever confirms it."""
    return fmt.money(amount_fen), capital(amount_fen)


def category_name(slug: str) -> str:
    return categories.category(slug).name_zh


def category_options(slugs: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """(slug, name) of the categories that people may ask money for, or of those given."""
    asked = (
        [one for one in categories.CATEGORIES if one.is_purpose] if slugs is None else map(categories.category, slugs)
    )
    return [(one.slug, one.name_zh) for one in asked]


def budget_field(slug: str) -> str:
    """The form field of a category's budget."""
    return "budget_" + slug.replace("-", "_")


def pot_options(pots: Iterable[FundPot]) -> list[tuple[str, str]]:
    return [(pot.id, pot.name) for pot in pots if pot.active]


def account_options(fund: Fund) -> list[tuple[str, str]]:
    return [(account.id, account.label) for account in fund.bank_accounts if account.active]


def purposes_of(pot: FundPot) -> str:
    return "、".join(category_name(slug) for slug in pot.purposes)


def item_title(of: Disbursement) -> str:
    """What a list shows: the purpose's first line, and the payee masked where it is a person."""
    first = of.purpose.partition("\n")[0]
    return f"{first[:30]} · {of.payee.name_masked}"


def today(now_ms: int) -> str:
    """The Shanghai day, as a date field takes it."""
    return shanghai_day(now_ms).isoformat()


def budget_rows(action: CareAction) -> list[list[str]]:
    return [
        [
            category_name(line.category),
            fmt.money(line.amount_fen),
            fmt.money(line.asked_fen),
            fmt.money(line.paid_fen),
            fmt.money(line.left_fen),
        ]
        for line in action.budget
    ]


def missing_facts(fund: Fund) -> list[str]:
    """Titles of the facts whose absence keeps giving closed."""
    return [FACT_TITLES[name] for name in fund.missing]


FACT_TITLES: Final = {
    "name": N_("基金名称"),
    "charity_name": N_("募集和管理的慈善组织"),
    "certificate_number": N_("公开募捐资格证书编号"),
    "filing_number": N_("募捐方案备案编号"),
    "platform_name": N_("互联网募捐信息平台"),
    "platform_url": N_("平台上的项目网址"),
    "query_contact": N_("咨询查询联系方式"),
    "refund_days": N_("误捐退款期限(日)"),
    "refund_contact": N_("误捐退款联系方式"),
    "approvals_needed": N_("每笔拨付的审批人数"),
}
