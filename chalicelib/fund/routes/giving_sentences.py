"""What people read when a gift was not given, not paid, not given back, or a transfer not booked."""

from __future__ import annotations

from chalicelib.errors import DomainError
from chalicelib.web.errors import register_sentences
from chalicelib.web.i18n import N_


def register() -> None:
    """Enters the sentences; more than once does nothing more."""
    register_sentences(_GIVING)
    register_sentences(_PAYMENTS)
    register_sentences(_STAFF)


_GIVING: dict[type[DomainError] | str, tuple[str, str] | str] = {
    "gift_unknown": (N_("没有找到这笔捐赠。"), N_("请从您保存的捐赠链接进入,或联系基金工作人员。")),
    "monthly_unknown": (N_("没有找到这项月捐。"), N_("请从您保存的月捐链接进入,或联系基金工作人员。")),
    "gift_link_needed": (
        N_("为保护隐私,这一页只有捐赠人自己的链接才能打开。"),
        N_("请使用捐赠时保存的完整链接;找不到时请联系基金工作人员。"),
    ),
    "gift_amount_too_small": N_("金额太小,最少 {limit_fen}。"),
    "gift_amount_too_large": N_("网上一次最多捐 {limit_fen};更大的金额请联系基金工作人员办理转账。"),
    "donor_name_missing": N_("请填写姓名或店名;想匿名可以不填。"),
    "donor_name_invalid": N_("姓名请用文字书写,不超过 40 个字,不含表情符号。"),
    "gift_paid_already": (N_("这笔捐赠已经到账,不需要再支付。"), N_("请查看捐赠确认单。")),
    "gift_confirming": (N_("正在确认支付结果,请勿重复支付。"), N_("请稍后刷新本页。")),
    "monthly_ended": (N_("这项月捐已经停止。"), N_("如要继续支持,请重新扫码办理。")),
    "monthly_not_started": (N_("这项月捐还没有完成首次支付。"), N_("不再支付即不会扣款,无需取消。")),
    "submitted_differently": (N_("这张表单刚才已用别的内容提交过,这次没有改动。"), N_("请刷新页面后重新填写。")),
}  # fmt: skip

_PAYMENTS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    "payments_unavailable": (N_("支付平台暂时没有回应,没有扣款。"), N_("请过一两分钟再试一次,不会重复扣款。")),
    "payments_busy": (N_("支付平台正忙,没有扣款。"), N_("请稍等几秒再试一次,不会重复扣款。")),
    "payments_misconfigured": (N_("收款设置有误,暂不能在线支付。"), N_("请联系基金工作人员。")),
    "payments_refused": (N_("支付平台没有受理({reason})。"), N_("请换一个金额或稍后再试;仍不行请联系基金工作人员。")),
    "payment_event_not_queued": (N_("通知暂时放不进队列。"), N_("支付平台会再次发送,无需处理。")),
    "payment_object_unknown": (N_("支付平台上没有这笔记录。"), N_("请联系基金工作人员核对。")),
    "payment_foreign_money": (N_("这笔款项不是人民币或不属于本账户,没有入账。"), N_("请在支付平台后台核对。")),
    "webhook_unsigned": N_("通知没有签名,已拒绝。"),
    "webhook_forged": N_("通知的签名不符,已拒绝。"),
    "webhook_not_now": N_("通知的签名时间相差 {seconds} 秒,已拒绝。"),
    "webhook_unreadable": N_("通知的内容无法读取。"),
    "fee_of_nothing": N_("手续费为零且晚到,须人工核对。"),
    "gift_not_yet_known": N_("这笔款项的捐赠还没有入账,已暂存,入账后自动处理。"),
    "payout_not_positive": N_("支付平台反向扣款,须人工核对。"),
    "payout_bank_missing": N_("还没有登记收款银行账户,提现到账未入账。"),
    "seal_broken": (N_("加密保存的内容打不开。"), N_("请立即联系管理员。")),
}  # fmt: skip

_STAFF: dict[type[DomainError] | str, tuple[str, str] | str] = {
    "gift_not_paid": (N_("这笔捐赠没有到账,不能退款。"), N_("请刷新后核对。")),
    "gift_not_by_stripe": (N_("这笔捐赠不是在线支付的。"), N_("请按转账退回的办法线下办理。")),
    "refund_too_large": N_("超过可退金额,最多还能退 {left_fen}。"),
    "gift_disputed": (N_("捐赠人的银行正在调查或已追回这笔款,不能再退款。"), N_("请等待银行的结果。")),
    "refund_reason_missing": N_("请写明退款原因。"),
    "refund_unknown": (N_("没有找到这次退款。"), N_("请从捐赠页面重新进入。")),
    "refund_refused": (N_("支付平台没有退款({reason}),预留的金额已释放。"), N_("请在支付平台后台核对后再试。")),
    "pledge_unknown": (N_("没有找到这项定捐。"), N_("请从列表重新进入。")),
    "instalment_unknown": (N_("定捐里没有这一期。"), N_("请从定捐页面重新选择。")),
    "instalments_invalid": N_("每行一期:日期和金额,例如“2026-12-01 3000”;按日期先后,1 到 36 期,不早于签约日。"),
    "instalment_met": (N_("这一期已经到账。"), N_("请核对是否登记了两次。")),
    "instalment_invoiced": (N_("这一期的账单已经发出。"), N_("请把账单链接转给对方。")),
    "instalment_amount_differs": N_("到账 {received_fen} 与本期应到 {due_fen} 不符,请核对。"),
    "receipt_unknown": (N_("没有找到这笔转账登记。"), N_("请从列表重新进入。")),
    "receipt_decided": (N_("这笔转账已经有人处理过。"), N_("请刷新后查看结果。")),
    "checker_is_creator": (N_("登记人不能复核自己的登记。"), N_("请另一位工作人员对照银行回单复核。")),
    "receipt_day_invalid": N_("到账日期不能晚于今天,也不能早于十年前。"),
    "receipt_amount_invalid": N_("请填写大于 0 的金额。"),
    "receipt_serial_waiting": (N_("这个流水号已经登记,正在等待复核。"), N_("请到“待复核”中查看。")),
}  # fmt: skip
