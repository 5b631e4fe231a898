"""Sentences of the web layer's own errors and of the kinds that domains share."""

from __future__ import annotations

from chalicelib.config import SettingMissing
from chalicelib.errors import (
    Conflict,
    Corrupt,
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    SignInNeeded,
    Stale,
    TooMany,
    Unavailable,
)
from chalicelib.web import amounts, faults, forms, mistakes
from chalicelib.web.errors import register_common, register_sentences
from chalicelib.web.i18n import N_


def register() -> None:
    """Enters the sentences; more than once does nothing more."""
    register_sentences(_KINDS)
    register_sentences(_FAULTS)
    register_sentences(_FIELDS)
    register_common(_BOOKS)


_KINDS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    DomainError: (N_("这一步没有完成。"), N_("请返回重试;仍不行请联系工作人员。")),
    NotFound: (N_("没有找到您要的内容。"), N_("链接可能不完整,请返回上一页或从首页重新进入。")),
    Invalid: (N_("填写的内容有误。"), N_("请检查后重新提交。")),
    Refused: (N_("现在不能这样做。"), N_("请返回查看当前状态。")),
    NotAllowed: (N_("您没有做这件事的权限。"), N_("如工作需要,请联系街道管理员开通。")),
    SignInNeeded: (N_("请先登录。"), N_("登录后会回到这一页。")),
    TooMany: (N_("操作太频繁了。"), N_("请稍等片刻再试。")),
    Conflict: (N_("刚才有人同时修改了同一内容,您的操作没有保存。"), N_("请刷新页面,看清现状后再试。")),
    Stale: (N_("您看到的内容已经变了,操作没有保存。"), N_("请刷新页面,看清现状后再试。")),
    Unavailable: (N_("服务暂时连不上,没有做任何改动。"), N_("请过几分钟再试。")),
    Corrupt: (N_("账目自检发现不一致,已停止这一步。"), N_("请立即联系管理员。")),
    SettingMissing: (N_("系统还缺少一项设置:{name},这项功能暂不能用。"), N_("请联系管理员。")),
    "incident": (N_("系统出错了,不是您的问题。编号:{incident}"), N_("请稍后再试;联系我们时请报这个编号。")),
}  # fmt: skip

_FAULTS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    faults.Malformed: (N_("发来的内容无法读取。"), N_("请刷新页面重新填写。")),
    faults.UnknownField: (N_("有一项内容不认识:{field}。"), N_("请去掉后重新提交。")),
    faults.PayloadTooLarge: (N_("内容太大,最多 {limit_kb} KB。"), N_("请缩短后重新提交。")),
    faults.UnsupportedMedia: (N_("这里不接受这种格式的内容。"), N_("请使用页面上的表单,或以 application/json 发送。")),
    faults.MethodNotAllowed: (N_("这个地址不支持这种操作。"), N_("请从页面上的按钮进入。")),
    faults.PageNotFound: (N_("没有这个页面。"), N_("请检查网址,或从首页进入。")),
    faults.DownloadTooLarge: (N_("文件超过 {limit_mb} MB,不能一次下载。"), N_("请缩小时间范围再导出。")),
    faults.FormExpired: (N_("页面已过期,刚才的内容没有提交。"), N_("您填写的内容还在,确认后请再按一次“继续提交”。")),
    faults.FormForged: (N_("这个页面与本机或当前登录的人不一致,什么都没有提交。"), N_("请返回刷新页面,再提交。")),
    faults.NoCookie: (N_("浏览器没有保存本站的 Cookie,无法确认是您提交的。"), N_("请允许 Cookie,刷新后再提交。")),
    faults.CrossSite: (N_("这个请求来自别的网站,没有执行。"), N_("请直接在本站页面上操作。")),
}  # fmt: skip

_FIELDS: dict[type[DomainError] | str, tuple[str, str] | str] = {
    forms.FormErrors: (N_("有几处需要改一下。"), N_("请看每一项下面的提示。")),
    mistakes.Missing: N_("请填写这一项。"),
    mistakes.TooLong: N_("太长了,最多 {limit} 个字。"),
    mistakes.TooShort: N_("太短了,至少 {limit} 个字。"),
    mistakes.NumberTooLarge: N_("数字太大,最多 {limit}。"),
    mistakes.NumberTooSmall: N_("数字太小,至少 {limit}。"),
    mistakes.NotWhole: N_("请填写整数。"),
    mistakes.UnknownChoice: N_("请从给出的选项中选择。"),
    mistakes.WrongType: N_("类型不对,应为 {expected}。"),
    mistakes.WrongPattern: N_("格式不对,请检查。"),
    amounts.NotANumber: N_("看不懂这个数字,请只写数字,例如 12.50。"),
    amounts.FractionTooFine: N_("最多两位小数。"),
    amounts.NegativeAmount: N_("不能是负数。"),
    amounts.ZeroAmount: N_("要大于 0。"),
    amounts.AmountTooLarge: N_("太大了,一次最多 {limit}。"),
    amounts.NotADate: N_("看不懂这个日期,请写成 2026-03-05。"),
    amounts.NotAnId: N_("编号不完整,请重新选择或扫描。"),
}  # fmt: skip

# The cloud, the ledger and the tables lie below the web layer and are not imported here: by code.
_BOOKS: dict[str, tuple[str, str]] = {
    "busy": (N_("现在操作的人太多,这一步没有完成。"), N_("请再按一次,不会重复记账。")),
    "bad_cursor": (N_("翻页位置不对。"), N_("请从第一页重新看。")),
    "store_unavailable": (N_("暂时连不上账簿,不确定这一步是否完成。"), N_("请过一会儿再按一次,不会重复记账。")),
    "permission_missing": (N_("系统缺少一项权限({action}),这项功能暂不能用。"), N_("请联系管理员。")),
    "secret_missing": (N_("系统缺少密钥 {secret},这项功能暂不能用。"), N_("请联系管理员。")),
    "secrets_unavailable": (N_("暂时取不到系统密钥,没有做任何改动。"), N_("请过几分钟再试。")),
    "table_missing": (N_("系统缺少数据表 {table},暂不能使用。"), N_("请联系管理员。")),
    "item_unreadable": (N_("有一条记录已损坏,读不出来。"), N_("请立即联系管理员。")),
    "stream_record_unreadable": (N_("账本的变动记录读不出来。"), N_("请立即联系管理员。")),
    "ledger_corrupt": (N_("账目自检发现不一致,已停止这一步。"), N_("请立即联系管理员。")),
    "entry_unbalanced": (N_("这笔账借贷不平,没有记账。"), N_("请联系管理员。")),
    "account_unknown": (N_("没有这个账户。"), N_("请联系管理员。")),
    "already_booked": (N_("这笔账刚刚已经记过了。"), N_("请刷新页面查看结果。")),
    "idempotency_mismatch": (N_("同一次提交的内容前后不一致,只认第一次。"), N_("请刷新页面,看清现状后再试。")),
    "wallet_missing": (N_("还没有开立积分账户。"), N_("请先登记成为志愿者。")),
    "insufficient_points": (
        N_("积分不足:可用 {available_centi},需要 {asked_centi}。"),
        N_("可以参加活动积累积分,或换一样。"),
    ),
    "hold_missing": (N_("这张券没有暂扣的积分,可能已核销、取消或过期。"), N_("请刷新页面查看券的状态。")),
    "pot_missing": (N_("没有这个资金池。"), N_("请从列表重新选择。")),
    "pot_cannot_cover": (
        N_("余额不够:可用 {available_fen},还差 {missing_fen}。"),
        N_("请减少金额,或换一个资金池。"),
    ),
}
