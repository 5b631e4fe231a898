"""What people read when something about merchants, offers or vouchers was not done."""

from __future__ import annotations

from chalicelib.errors import DomainError
from chalicelib.merchants.service import faults
from chalicelib.web.errors import register_sentences
from chalicelib.web.i18n import N_


def register() -> None:
    """Enters the sentences; more than once does nothing more."""
    register_sentences(_MEMBERS)
    register_sentences(_TILL)
    register_sentences(_STAFF)


_MEMBERS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.OfferUnknown: (N_("没有找到这项兑换。"), N_("它可能已经下架,请返回兑换列表。")),
    faults.OfferPaused: (N_("“{title}”暂停兑换。"), N_("请看看其他可兑换的,或过几天再来。")),
    faults.OfferSoldOut: (N_("“{title}”已经兑完了,没有扣您的积分。"), N_("请看看其他可兑换的,或等商家补货。")),
    faults.OfferChanged: (
        N_("这项兑换刚刚改为{asked_centi}积分(您看到的是{agreed_centi}),没有扣您的积分。"),
        N_("请看清后再决定。"),
    ),
    faults.PersonLimitReached: (N_("这项每人限兑{limit}份,您已经兑满了。"), N_("未用的券取消后可以重新兑换。")),
    faults.MonthLimitReached: (N_("这项每人每月限兑{limit}份,您本月已经兑满了。"), N_("{again_on}起可以再兑。")),
    faults.PointsShort: (
        N_("积分不够:需要{asked_centi},您可用{available_centi},还差{missing_centi}。"),
        N_("没有扣您的积分。可以换一项,或参加活动积累积分。"),
    ),
    faults.VoucherUnknown: (N_("没有找到这张兑换券。"), N_("请核对券面编号,或从“我的兑换券”重新打开。")),
    faults.UsedNotCancellable: (
        N_("此券已于{captured_at}核销,不能取消。"),
        N_("东西有问题,请联系商家或社区工作人员办理退回。"),
    ),
}

_TILL: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.AlreadyCaptured: (
        N_("此券{captured_at}已核销,请勿重复交付。"),
        N_("如果顾客没有拿到东西,请查今日清单,或联系社区工作人员。"),
    ),
    faults.VoucherCancelled: (
        N_("此券已由本人取消,请勿交付。"),
        N_("积分已退回给顾客,需要的话请顾客重新兑换。"),
    ),
    faults.VoucherExpired: (
        N_("此券已过期(最后一天是{last_day}),请勿交付。"),
        N_("积分已自动退回,请顾客重新兑换。"),
    ),
    faults.OutsideHours: (N_("现在不在这张券的使用时间内,请勿交付。"), N_("使用时间写在券面上,请顾客在该时间再来。")),
    faults.ForeignVoucher: (N_("此券不是本店的,请勿交付。"), N_("请顾客到“{name}”使用。")),
    faults.MerchantSuspended: (N_("“{name}”已暂停兑换,请勿交付。"), N_("请联系社区工作人员;顾客可取消此券拿回积分。")),
    faults.MerchantNotActive: (N_("“{name}”还没有通过审批,不能兑换。"), N_("请联系社区工作人员。")),
    faults.NotAVoucher: (N_("这不是兑换券的二维码。"), N_("请顾客打开“我的兑换券”出示,或输入券面的9位编号。")),
    faults.VoucherForged: (
        N_("这个二维码不是本站签发的兑换券,请勿交付。"),
        N_("请顾客现场打开“我的兑换券”;仍不行请输入券面的9位编号。"),
    ),
    faults.VoucherCodeMalformed: (
        N_("券号应为{characters}位字母和数字,没有0、1、O、I、L。"),
        N_("请对照券面重新输入。"),
    ),
    faults.VoucherCodeMistyped: (N_("券号有一位输错了,或两位颠倒了。"), N_("请对照券面重新输入。")),
}

_STAFF: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.MerchantUnknown: (N_("没有找到这家商家。"), N_("请从商家列表进入。")),
    faults.OwnApplication: (N_("申请是您录入的,不能由您审批。"), N_("请另一位审批人办理。")),
    faults.MerchantDecided: (N_("这份申请已经有人办理了。"), N_("请刷新查看结果。")),
    faults.AgreementMissing: N_("请填写协议编号。"),
    faults.TextInvalid: N_("请填写,最多 {characters_max} 个字。"),
    faults.PriceInvalid: N_("请选择一种积分,价格从 0.01 到 {limit_centi}。"),
    faults.StockInvalid: N_("数量应为整数,最多 {limit};减少时不能超过剩余数量。"),
    faults.StockUnlimited: (N_("这项不限量,没有库存可改。"), ""),
    faults.LimitInvalid: N_("限兑数量应为 1 至 {limit} 的整数,每月的不能多于每人总数;不限就留空。"),
    faults.HoursInvalid: N_("至少选一天;结束时间要晚于开始时间,写成 09:00 这样。"),
    faults.ValidDaysInvalid: N_("有效天数为 1 至 {limit} 的整数。"),
    faults.ReimbursementInvalid: N_("每份补贴为 0(商家让利)至 {limit_fen}。"),
    faults.NotCaptured: (N_("这张券还没有核销,不用退回;可以直接取消。"), ""),
    faults.ReturnTooLarge: N_("最多还可退回 {left_centi} 积分。"),
}
