"""What people read when something about service or points was not done."""

from __future__ import annotations

from chalicelib.errors import DomainError
from chalicelib.points.service import faults
from chalicelib.web.errors import register_sentences
from chalicelib.web.i18n import N_


def register() -> None:
    """Enters the sentences; more than once does nothing more."""
    register_sentences(_ACTIVITIES)
    register_sentences(_CODES)
    register_sentences(_CHECK_INS)
    register_sentences(_ASSESSMENTS)


_ACTIVITIES: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.ActivityUnknown: (N_("没有找到这个活动。"), N_("请核对活动编号,或扫描负责人屏幕上的二维码。")),
    faults.ActivityTextMissing: N_("请填写这一项。"),
    faults.ActivityTextTooLong: N_("太长了,最多 {characters_max} 个字。"),
    faults.ActivityTimesWrong: N_("结束时间应在开始之后、现在之后,最长 {hours_max} 小时,最远一年以内。"),
    faults.CapacityWrong: N_("人数应为 1 到 {people_max}。"),
    faults.CategoryUnknown: N_("请从积分细则的类别中选择。"),
    faults.NumbersUsedUp: (N_("暂时没有可用的活动编号。"), N_("请刷新页面,再提交一次。")),
    faults.ActivityNotYet: (N_("还没有到签到时间,{opens_at} 起可以签到。"), N_("请到时再扫描负责人的屏幕。")),
    faults.ActivityOver: (N_("活动已于 {ended_at} 结束,不能再签到。"), N_("如果您参加了,请联系活动负责人。")),
    faults.ActivityClosed: (N_("负责人已停止本活动的签到。"), N_("如果您刚到,请直接找负责人;已签到的仍可签退。")),
    faults.ActivityCancelled: (N_("本活动已取消。"), N_("可以看看其他活动。")),
    faults.ActivityFull: (N_("本活动 {capacity} 个名额已满。"), N_("可以看看其他活动,或请负责人安排。")),
}  # fmt: skip

_CODES: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.CodeMalformed: (N_("这个码读不完整。"), N_("请重新扫描负责人的屏幕,或输入活动编号和六位数字。")),
    faults.CodeForged: (N_("这不是本街道活动的签到码。"), N_("请扫描负责人屏幕上的二维码。")),
    faults.CodeExpired: N_("二维码已过期,请重新扫描负责人的屏幕。原有记录不受影响。"),
    faults.DigitsMalformed: N_("请填写活动编号(5 或 6 位数字)和屏幕上的六位数字。"),
    faults.DigitsWrong: (
        N_("编号或数字不对,还可以再试 {tries_left} 次。"),
        N_("数字每 30 秒更换,请看着负责人的屏幕输入。"),
    ),
    faults.DigitsTooMany: (
        N_("输错次数太多,请 {retry_after_s} 秒后再试。"),
        N_("也可以扫描二维码,或请负责人扫您的纸质卡。"),
    ),
    faults.ClaimMissing: (N_("还没有扫码,或扫码已超过十分钟。"), N_("请重新扫描负责人的屏幕。原有记录不受影响。")),
}  # fmt: skip

_CHECK_INS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.CheckInUnknown: (N_("没有找到这条服务记录。"), N_("请从“我的积分”进入。")),
    faults.AlreadyCheckedIn: (
        N_("您{since}已在“{activity}”签到,请先签退。"),
        N_("扫描那个活动负责人的屏幕即可签退;负责人不在,活动结束后会自动结束并由负责人确认时长。"),
    ),
    faults.NotCheckedIn: (N_("您还没有在本活动签到。"), N_("请先签到;如果早已到场,请告诉负责人。")),
    faults.AlreadyCheckedOut: (N_("您{since}已签退,服务{minutes}。"), N_("不用再操作;评价后计入积分。")),
    faults.CheckOutSoon: (N_("您{since}刚刚签到。"), N_("如果现在就要离开,请确认签退;否则不用操作,结束时再签退。")),
    faults.CheckInSoon: (N_("您{since}刚刚签退。"), N_("如果又回来服务,请确认再次签到;否则不用操作。")),
    faults.CheckOutTooLate: (
        N_("活动已于 {ended_at} 结束,签退时间已过。"),
        N_("请告诉负责人您实际服务到几点,由负责人确认时长后再评价。"),
    ),
    faults.OwnService: (N_("不能登记、确认或评价自己的服务。"), N_("请由另一位负责人或评价员办理。")),
    faults.NothingToConfirm: (N_("这条记录不需要确认时长,或已有人确认过。"), N_("请刷新列表查看。")),
    faults.MinutesWrong: N_("时长应在 0 到 {limit_minutes} 之间。"),
}  # fmt: skip

_ASSESSMENTS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.SheetMissing: (N_("服务当天还没有生效的积分细则,不能评价。"), N_("请联系街道管理员发布积分细则。")),
    faults.SheetUnknown: N_("没有这一版积分细则。"),
    faults.SheetInvalid: (N_("积分细则有一处不能使用:{what}。"), N_("请检查后重新提交,原细则不受影响。")),
    faults.SheetExists: (N_("刚才有人发布了第 {version} 版细则。"), N_("请刷新页面,看清后再修改。")),
    faults.SheetLineUnread: N_("第 {line} 行看不懂,请按“代号 名称 …”的格式填写。"),
    faults.GradeUnknown: N_("请从积分细则的评价等级中选择。"),
    faults.StillCheckedIn: (N_("服务还没有结束,不能评价。"), N_("请等签退之后再评价。")),
    faults.NotConfirmed: (N_("忘记签退的记录,要先由负责人确认时长。"), N_("请提醒活动负责人。")),
    faults.AlreadyAssessed: (
        N_("刚才有人评价过这次服务(第 {number} 次评价),您的评价没有保存。"),
        N_("请刷新页面,看清结果后再决定。"),
    ),
    faults.ReasonNeeded: N_("少于记录的时长,或重新评价,都要写明原因(至少两个字)。"),
    faults.ReasonTooLong: N_("原因太长,最多 {characters_max} 个字。"),
}  # fmt: skip
