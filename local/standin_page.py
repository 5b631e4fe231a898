"""The look of what stands in for the outside world: phone-size, large, and plainly not the app."""

from __future__ import annotations

from html import escape

_STYLE = """
*{box-sizing:border-box}
body{margin:0;background:#f2f4f3;color:#1b1f1d;font:20px/1.6 "Noto Sans CJK SC","PingFang SC",
"Microsoft YaHei",sans-serif}
header{background:#7a3e00;color:#fff;padding:14px 16px;font-size:22px;font-weight:700}
main{max-width:480px;margin:0 auto;padding:16px}
.card{background:#fff;border-radius:12px;padding:16px;margin:0 0 16px}
.amount{font-size:40px;font-weight:700;line-height:1.3;margin:4px 0}
.note{color:#4a524e;font-size:18px}
.told{border-left:6px solid #b3261e;padding-left:12px}
button,a.button{display:block;width:100%;min-height:56px;margin:0 0 12px;padding:12px;border:2px solid
#067a46;border-radius:10px;background:#fff;color:#05603a;font:inherit;text-align:center;
text-decoration:none}
button.main{background:#067a46;color:#fff;font-weight:700}
button.bad{border-color:#b3261e;color:#b3261e}
input{width:100%;min-height:52px;margin:0 0 8px;padding:8px 12px;border:2px solid #067a46;
border-radius:10px;font:inherit}
.text{margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere}
.text strong{font-size:32px;letter-spacing:3px}
table{width:100%;border-collapse:collapse}
td,th{padding:6px 4px;border-bottom:1px solid #dde2df;text-align:left;vertical-align:top}
td.sum{text-align:right;white-space:nowrap}
"""


def layout(title: str, body: str, *, wide: bool = False, head: str = "") -> str:
    width = "main{max-width:1100px}body{font-size:16px}" if wide else ""
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{head}<title>{escape(title)}</title><style>{_STYLE}{width}</style></head><body>"
        f"<header>{escape(title)}</header><main>{body}</main></body></html>"
    )
