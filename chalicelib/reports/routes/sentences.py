"""The sentences of the reports' errors."""

from __future__ import annotations

from chalicelib.web.errors import register_sentences
from chalicelib.web.i18n import N_


def register() -> None:
    register_sentences(
        {
            "period_invalid": (
                N_("这段日期不对。"),
                N_("请选开始日期不晚于结束日期的一段时间,例如 2026-01-01 到 2026-06-30。"),
            ),
            "period_too_long": (N_("一次最多看 {days_max} 天。"), N_("请把时间分成几段来看。")),
            "basis_unknown": (N_("报告按付款日期或记账日期。"), N_("请在页面上选一种。")),
            "export_kind_unknown": (N_("没有这种导出。"), N_("请从页面上的按钮进入。")),
            "export_unknown": (N_("没有这个导出任务,或者不是您发起的。"), N_("请从“导出与核对任务”里查看自己的任务。")),
            "export_open": (N_("您已经有一个同类的任务在进行。"), N_("请等它完成,或先取消它。")),
            "export_sent_differently": (
                N_("这次提交与第一次的内容不同,只认第一次。"),
                N_("请返回刷新页面,再重新提交。"),
            ),
            "exports_too_many": (N_("今天这类任务已达 {most} 个。"), N_("请明天再试,或使用已经完成的文件。")),
            "export_not_done": (N_("文件还没有生成。"), N_("请返回任务页面查看进度。")),
            "export_file_gone": (N_("文件只保留 7 天,已经删除。"), N_("请在任务页面按“再做一次”重新生成。")),
            "export_over": (N_("这个任务已经结束,不用取消。"), N_("请返回任务页面查看结果。")),
            "export_busy": (N_("这个任务正在处理。"), N_("请稍后查看进度。")),
            "export_interrupted": (N_("任务几次中断,没有完成。"), N_("请再做一次;仍不行请联系管理员。")),
            "export_out_of_time": (
                N_("内容太多,在允许的时间内没有做完。"),
                N_("请把时间分成几段,分别导出。"),
            ),
            "export_broken": (N_("生成文件时出错了,不是您的问题。"), N_("请再做一次;仍不行请联系管理员。")),
            "workbook_full": (
                N_("一张 Excel 工作表最多 {rows_max} 行,这份报告放不下。"),
                N_("请改用 CSV,或把时间分成几段。"),
            ),
            "files_unavailable": (N_("暂时连不上存放文件的地方。"), N_("请过几分钟再试;仍不行请联系管理员。")),
            "exports_queue_unavailable": (
                N_("任务已记下,但暂时没能开始。"),
                N_("请过一会儿在任务页面按“再做一次”。"),
            ),
            "alarm_unavailable": (N_("告警没有发出去。"), N_("系统会再试;请查看日志和告警主题的设置。")),
            "verification_out_of_time": (
                N_("账目太多,夜间核对没有在允许的时间内做完。"),
                N_("请按运维手册改用命令核对。"),
            ),
            "statement_unknown": (
                N_("没有“{account}”这个可查流水的账户。"),
                N_("请核对科目全名,可查商家和个人积分账户。"),
            ),
        }
    )
