"""Amounts in Chinese capitals 大写, as cheques and vouchers carry them (支付结算办法, annex 1). Pure."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿")
FEN_MAX: Final = 10**14 - 1


def capital(amount_fen: int) -> str:
    """123450 → ``人民币壹仟贰佰叁拾肆元伍角整``. From 0 to 999,999,999,999.99 yuan.

    Raises ValueError outside of that range.
    """
    if type(amount_fen) is not int or not 0 <= amount_fen <= FEN_MAX:
        raise ValueError("an amount in fen from 0 to 10^14 - 1")
    yuan, rest = divmod(amount_fen, 100)
    jiao, fen = divmod(rest, 10)
    words = _yuan(yuan) + "元" if yuan else ""
    if not rest:
        return f"人民币{words or '零元'}整"
    if jiao:
        # A zero before the jiao is written when the yuan end in one (1,680.32: 壹仟陆佰捌拾元零叁角贰分).
        words += ("零" if yuan and yuan % 10 == 0 else "") + _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return f"人民币{words}{_DIGITS[fen]}分" if fen else f"人民币{words}整"


def _yuan(yuan: int) -> str:
    words, zero_due = "", False
    for number in range((len(str(yuan)) - 1) // 4, -1, -1):
        group = yuan // 10 ** (4 * number) % 10_000
        if not group:
            zero_due = bool(words)
            continue
        if words and (zero_due or group < 1000):
            words += "零"
        words += _four(group) + _GROUPS[number]
        zero_due = group % 10 == 0
    return words


def _four(group: int) -> str:
    words, zero = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            words += ("零" if zero and words else "") + _DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return words
