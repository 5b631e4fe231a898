"""What people read when a fund was not set up, or money not planned, approved, paid or signed off."""

from __future__ import annotations

from chalicelib.errors import DomainError
from chalicelib.fund.service.care_actions import spending_faults as spending
from chalicelib.fund.service.setup import setup_faults as setup
from chalicelib.web.errors import register_sentences
from chalicelib.web.i18n import N_


def register() -> None:
    """Enters the sentences; more than once does nothing more."""
    register_sentences(_SETUP)
    register_sentences(_PLANS)
    register_sentences(_MONEY)


_SETUP: dict[type[DomainError] | str, tuple[str, str] | str] = {
    setup.TextMissing: N_("请填写这一项。"),
    setup.TextTooLong: N_("太长了,最多 {characters_max} 个字。"),
    setup.SlugInvalid: N_("代号为 2 到 32 个小写字母、数字或连字符,以字母开头,例如 elders。"),
    setup.LinkInvalid: N_("请填写完整的网址,以 https:// 开头。"),
    setup.RefundDaysInvalid: N_("误捐退款期限为 1 到 365 日;暂不确定请填 0。"),
    setup.ApprovalsInvalid: N_("审批人数为 1 到 5 人。"),
    setup.GivingClosed: N_("本基金尚未登记公开募捐信息,暂不能收款。请联系:{contact}"),
    setup.FundUnknown: (N_("没有这个基金。"), N_("请从基金页面重新进入。")),
    setup.PotUnknown: (N_("没有这个资金池。"), N_("请从列表中重新选择。")),
    setup.PotExists: (N_("这个代号已被资金池“{name}”使用。"), N_("请换一个代号。")),
    setup.PotClosed: (N_("资金池“{name}”已停用。"), N_("请选择其他资金池,或联系基金管理员。")),
    setup.PotSourceUnknown: N_("请选择资金来源。"),
    setup.PurposesMissing: N_("请至少选择一项备案用途。"),
    setup.CategoryUnknown: N_("请从列表中选择支出类别。"),
    setup.PurposeNotCovered: (
        N_("资金池“{pot}”的备案用途不包括“{category}”。"),
        N_("请选择用途相符的资金池;改变用途须经慈善组织办理。"),
    ),
    setup.BankAccountUnknown: N_("请从列表中选择银行账户。"),
    setup.BankAccountExists: (N_("这个代号已用于账户“{label}”。"), N_("请换一个代号。")),
    setup.BankAccountClosed: (N_("账户“{label}”已停用。"), N_("请选择其他账户。")),
    setup.PosterUnknown: (N_("没有找到这张海报的编号。"), N_("请重新扫码,或核对海报上的 7 位编号。")),
    setup.PosterRetired: (N_("海报“{label}”已停止使用。"), N_("请向现场工作人员索取新的二维码。")),
    setup.TierUnknown: N_("请选择捐赠类型。"),
    setup.ChannelUnknown: N_("请选择捐赠渠道。"),
    setup.BankSerialInvalid: N_("银行流水号为 4 到 40 位字母或数字,请照回单填写。"),
    setup.BankSerialUsed: (N_("这个银行流水号已经入账:{serial}。"), N_("请核对回单,同一笔流水只能登记一次。")),
}  # fmt: skip

_PLANS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    spending.BudgetMissing: N_("请至少填写一项预算。"),
    spending.BudgetTwice: N_("同一类别只能写一行预算。"),
    spending.PlanDatesInvalid: N_("结束日期不能早于开始日期。"),
    spending.AliasInvalid: (
        N_("“{alias}”不能作为代称:不超过 20 个字,且不能是电话或证件号码。"),
        N_("请改用不会认出本人的代称,例如“松树01”。"),
    ),
    spending.TooManyAliases: N_("最多登记 {limit} 个代称。"),
    spending.PersonTimesInvalid: N_("服务人次为整数,不少于 {least},不超过 1000000。"),
    spending.CareActionUnknown: (N_("没有找到这项关爱行动。"), N_("请从列表中重新进入。")),
    spending.CareActionNotOpen: (N_("关爱行动“{title}”当前的状态不能这样做。"), N_("请刷新页面,查看进度。")),
    spending.CareActionBusy: (
        N_("还有 {open_fen} 的拨付没有办结。"),
        N_("请先完成付款、驳回或撤销,再办理这一步。"),
    ),
    spending.NotInBudget: (N_("这项关爱行动没有“{category}”的预算。"), N_("请选择预算内的类别。")),
    spending.BudgetExceeded: (
        N_("超出预算:“{category}”还剩 {left_fen},申请 {asked_fen}。"),
        N_("请减少金额。"),
    ),
    spending.WrongFund: N_("资金池与关爱行动不属于同一个基金,请重新选择。"),
}  # fmt: skip

_MONEY: dict[type[DomainError] | str, tuple[str, str] | str] = {
    spending.SpendAmountInvalid: N_("金额要大于 0,精确到分,一次最多 {limit_fen}。"),
    spending.PayeeAccountInvalid: N_("银行账号为 8 到 32 位数字,请核对。"),
    spending.PayeeKindUnknown: N_("请选择收款方是单位还是个人。"),
    spending.PaidDayInvalid: N_("日期应在 {earliest_day} 至 {latest_day} 之间(不早于审批通过,不晚于今天)。"),
    spending.DisbursementUnknown: (N_("没有找到这笔拨付。"), N_("请从列表中重新进入。")),
    spending.DisbursementNotOpen: (N_("这笔拨付当前的状态不能这样做。"), N_("请刷新页面,查看进度。")),
    spending.SamePerson: (
        N_("这一步须由另一个人办理:申请、审批、付款登记和验收不能由同一人经手。"),
        N_("请换一位同事办理。"),
    ),
    spending.RelatedParty: (
        N_("您与收款方是同一人或有利害关系,按规定须回避。"),
        N_("请由没有关系的同事办理。"),
    ),
    spending.NotDeclared: (
        N_("请先确认您与收款方没有利害关系。"),
        N_("如有亲属、任职或其他利害关系,请由其他同事办理。"),
    ),
    spending.AlreadyApproved: (N_("您已于 {approved_at} 审批过这笔拨付。"), N_("无需重复审批。")),
    spending.AlreadyPaid: (
        N_("这笔拨付已于 {paid_day} 付款,银行流水号 {serial}。"),
        N_("请勿重复付款;如被退回,请先登记退回。"),
    ),
    spending.AttemptUnknown: (N_("这笔拨付的付款情况刚有变化,没有保存。"), N_("请刷新页面,看清现状后再登记。")),
    spending.SubmittedDifferently: (
        N_("这张表单已经提交过,内容与这次不同,这次没有保存。"),
        N_("请在列表中查看已提交的那一份;要另提一份,请重新打开空白表单。"),
    ),
    "pot_cannot_cover": (
        N_("资金池可用余额不足:可用 {available_fen},还差 {missing_fen}。"),
        N_("请等待资金到账或减少金额。"),
    ),
    "pot_missing": (N_("没有这个资金池。"), N_("请从列表中重新选择。")),
}  # fmt: skip
