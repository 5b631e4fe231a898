"""What people read when something about themselves or their sign-in was not done."""

from __future__ import annotations

from chalicelib.errors import DomainError
from chalicelib.identity.service import faults
from chalicelib.web.errors import register_sentences
from chalicelib.web.i18n import N_


def register() -> None:
    """Enters the sentences; more than once does nothing more."""
    register_sentences(_PHONES)
    register_sentences(_CODES)
    register_sentences(_PEOPLE)
    register_sentences(_ROLES)
    register_sentences(_TOKENS)


_PHONES: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.PhoneMissing: N_("请填写手机号码。"),
    faults.PhoneInvalid: N_("手机号码不对,应为 11 位数字,例如 138 0000 0000。"),
    faults.PhoneIsLandline: N_("这是座机或服务号码,收不到验证码,请填写手机号码。"),
    faults.PhoneForeign: N_("目前只能向中国大陆(+86)手机发送验证码;没有的话,请联系社区工作人员办理纸质卡。"),
    faults.PhoneTaken: (N_("这个手机号码已经登记过了。"), N_("请直接用它登录;不是您本人登记的,请联系社区工作人员。")),
    faults.NoPhone: N_("这位成员没有登记手机号码。"),
}  # fmt: skip

_CODES: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.CodeMalformed: N_("验证码是短信里的 6 位数字。"),
    faults.CodeWrong: N_("验证码不对,还可以再试 {tries_left} 次。"),
    faults.CodeExpired: (N_("验证码已超过 {minutes},不能再用。"), N_("请点“重新发送”。")),
    faults.CodeTriesUsedUp: (N_("输错次数太多,这个验证码已作废。"), N_("请点“重新发送”,收到新短信后再试。")),
    faults.CodeUsed: (N_("这个验证码已经用过了。"), N_("如果您还没有登录,请点“重新发送”。")),
    faults.CodeUnknown: (N_("没有找到这次验证码的发送记录。"), N_("请返回重新填写手机号码。")),
    faults.CodeTooSoon: N_("验证码刚刚发出,请等 {retry_after_s} 秒后再重新发送。"),
    faults.CodesTooMany: (
        N_("发送次数太多了,请稍后再试。"),
        N_("着急的话,可以请活动负责人扫您的纸质卡或帮您登记。"),
    ),
    faults.SmsUnavailable: (
        N_("短信暂时发不出去,不是您的问题。"),
        N_("请稍后再点一次;着急的话,可以请活动负责人扫您的纸质卡。"),
    ),
    faults.SignUpExpired: (N_("登记页面已过期。"), N_("请重新用手机号码登录。")),
    faults.SessionUnknown: N_("这次登录已经退出了。"),
}

_PEOPLE: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.NameMissing: N_("请填写姓名。"),
    faults.NameTooLong: N_("姓名太长,最多 {characters_max} 个字。"),
    faults.NameInvalid: N_("姓名里不能有表情符号、换行或看不见的字符,至少要有一个文字。"),
    faults.ConsentMissing: N_("需要同意《个人信息保护说明》才能登记。不同意也可以参加活动,请现场联系工作人员。"),
    faults.CommunityUnknown: N_("请选择所在的社区。"),
    faults.CommunityIdInvalid: N_("社区代号用 2 至 32 位小写字母、数字或短横线,以字母开头。"),
    faults.CommunityExists: N_("这个代号已经用于“{name}”,请换一个。"),
    faults.StreetNotSetUp: (N_("街道信息还没有填写,暂时不能使用。"), N_("请联系管理员。")),
    faults.MemberUnknown: (N_("没有找到这位成员。"), N_("请核对志愿者编号或完整的手机号码。")),
    faults.ReasonMissing: N_("请写明原因,至少两个字。"),
    faults.ReasonTooLong: N_("原因太长,最多 {characters_max} 个字。"),
    faults.CardUnknown: (N_("没有这个卡号。"), N_("请核对卡上的编号,再输入一次。")),
    faults.CardRevoked: (
        N_("这张卡已于 {revoked_at} 作废。"),
        N_("请使用新卡;没有新卡,请负责人按志愿者编号登记,并补印一张。"),
    ),
    faults.CardMissing: (N_("这位成员现在没有有效的卡。"), N_("请先印一张新卡。")),
}

_ROLES: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.RoleUnknown: N_("请选择角色。"),
    faults.ScopeInvalid: N_("这个角色不能用于所选的范围,请重新选择。"),
    faults.GrantEndInvalid: N_("截止日期应在今天之后、三年以内。"),
    faults.GrantExists: N_("这位成员在这个范围内已经有这个角色。"),
    faults.GrantUnknown: N_("这项授权已经不存在了。"),
    faults.LastAdministrator: (N_("这是最后一位管理员,不能撤销。"), N_("请先授权另一位管理员。")),
    faults.AdministratorExists: (N_("已经有管理员了。"), N_("请由现有管理员在“角色授权”里添加。")),
}

_TOKENS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.TokenMalformed: (N_("这个码读不出来,可能不完整。"), N_("请再扫一次,或输入码下面的编号。")),
    faults.TokenForged: (N_("这个码不是本街道发出的,或用错了地方。"), N_("请确认扫的是对的码;仍不行请联系工作人员。")),
    faults.TokenExpired: (N_("这个码已于 {expired_at} 过期。"), N_("请重新获取。")),
    faults.KeyMissing: N_("这个操作需要请求头 Idempotency-Key。"),
    faults.KeyInvalid: N_("Idempotency-Key 应为 8 至 100 个可见的 ASCII 字符。"),
    "phone_unreadable": (N_("存储的号码无法解密。"), N_("请立即联系管理员检查密钥设置。")),
}  # fmt: skip
