"""What to open and whom to sign in as, printed when everything runs."""

from __future__ import annotations

from local.demo import story


def show(app_url: str, sms_url: str, stripe_url: str, *, empty: bool) -> None:
    lines = [
        "",
        "邻里 Linli 已启动 is running (Ctrl-C 停止,数据保留)",
        f"  首页 public page      {app_url}/",
        f"  我要捐赠 give          {app_url}/give",
        f"  登录 sign in           {app_url}/sign-in",
        f"  短信 SMS page          {sms_url}/_sms       验证码在这里看 one-time codes appear here",
    ]
    if stripe_url:
        lines.append(f"  支付控制台 payments     {stripe_url}/_control   下一个月、退款失败、争议……")
    lines.append(f"  接口 JSON API          {app_url}/api  ({app_url}/openapi.json)")
    if not empty:
        lines += ["", "  以谁的身份登录 sign in as (手机号 → 验证码见短信页):"]
        for name, _, phone, what in story.STAFF.values():
            lines.append(f"    {phone}  {_wide(name, 8)}  {what}")
        for key in ("zhou", "wang"):
            name, _, phone = story.VOLUNTEERS[key]
            lines.append(f"    {phone}  {_wide(name, 8)}  志愿者:我的积分、兑换券")
    print("\n".join([*lines, ""]), flush=True)


def _wide(text: str, width: int) -> str:
    """Padded as a terminal shows it: a Chinese character takes two columns."""
    return text + " " * max(width - 2 * len(text), 0)
