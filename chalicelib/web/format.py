"""How values are written for people. Pure; integers in, text out; no float on the way."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chalicelib.clock import shanghai


def money(fen: int) -> str:
    """123450 → ``¥1,234.50``."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}¥{yuan:,}.{rest:02d}"


def yuan_text(fen: int) -> str:
    """123450 → ``1234.50``, 5000 → ``50``: as a person would type it into a field."""
    yuan, rest = divmod(abs(fen), 100)
    return ("-" if fen < 0 else "") + (f"{yuan}.{rest:02d}" if rest else str(yuan))


def points(centi: int) -> str:
    """270 → ``2.70``, 5000 → ``50``: centi-points without needless zeros, at most two decimals."""
    sign = "-" if centi < 0 else ""
    whole, rest = divmod(abs(centi), 100)
    return f"{sign}{whole:,}.{rest:02d}" if rest else f"{sign}{whole:,}"


def milli(value: int) -> str:
    """A coefficient in thousandths: 1200 → ``1.20``, 1125 → ``1.125``."""
    whole, rest = divmod(abs(value), 1000)
    text = f"{whole}.{rest:03d}"
    return ("-" if value < 0 else "") + (text[:-1] if text.endswith("0") else text)


def hours(minutes: int) -> str:
    """Minutes as decimal hours, half up in hundredths: 135 → ``2.25``."""
    hundredths = (abs(minutes) * 100 + 30) // 60
    return ("-" if minutes < 0 else "") + f"{hundredths // 100}.{hundredths % 100:02d}"


def duration(minutes: int, lang: str = "zh") -> str:
    """135 → ``2小时15分`` or ``2 h 15 min``."""
    whole, rest = divmod(max(minutes, 0), 60)
    parts = (f"{whole}小时", f"{rest}分") if lang == "zh" else (f"{whole} h", f"{rest} min")
    if not whole:
        return parts[1]
    if not rest:
        return parts[0]
    return parts[0] + ("" if lang == "zh" else " ") + parts[1]


def percent(part: int, whole: int) -> str:
    """``part`` of ``whole`` with one decimal, half up: (1, 3) → ``33.3%``; of nothing → ``0%``."""
    if whole <= 0:
        return "0%"
    tenths = (part * 1000 * 2 + whole) // (whole * 2)
    return f"{tenths // 10}.{tenths % 10}%" if tenths % 10 else f"{tenths // 10}%"


def clock_time(ms: int) -> str:
    """Shanghai time of day: ``09:02``."""
    return f"{shanghai(ms):%H:%M}"


def moment(ms: int, lang: str = "zh") -> str:
    """``2026年3月5日 09:02`` or ``5 Mar 2026 09:02``, Shanghai."""
    return f"{day(shanghai(ms).date(), lang)} {clock_time(ms)}"


def day(value: date | str, lang: str = "zh") -> str:
    """``2026年3月5日`` or ``5 Mar 2026``; also of ``2026-03-05`` and ``20260305``."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if lang == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def month(yyyymm: str, lang: str = "zh") -> str:
    """``202603`` → ``2026年3月`` or ``Mar 2026``."""
    year, number = int(yyyymm[:4]), int(yyyymm[4:].lstrip("-"))
    return f"{year}年{number}月" if lang == "zh" else f"{_MONTHS[number - 1]} {year}"


def since(ms: int, now_ms: int, lang: str = "zh") -> str:
    """A time of day if it is today in Shanghai, else the whole moment."""
    same_day = shanghai(ms).date() == shanghai(now_ms).date()
    return clock_time(ms) if same_day else moment(ms, lang)


def iso(ms: int) -> str:
    """RFC 3339 in Shanghai time, for ``<time datetime>`` and JSON: ``2026-03-05T09:02:00+08:00``."""
    return shanghai(ms).isoformat(timespec="seconds")


def masked_name(name: str) -> str:
    """``周秀英`` → ``周**``; one character stays itself."""
    name = name.strip()
    return name[:1] + "*" * min(max(len(name) - 1, 0), 3)


def masked_phone(phone: str) -> str:
    """``+8613800001234`` or ``13800001234`` → ``138****1234``."""
    digits = phone.removeprefix("+86")
    return digits[:3] + "****" + digits[-4:] if len(digits) >= 8 else "****"


def short_id(ulid: str) -> str:
    """The last eight characters of an id, in two groups, for reading aloud: ``7QK2-9ZX4``."""
    tail = ulid[-8:]
    return f"{tail[:4]}-{tail[4:]}" if len(tail) == 8 else tail


def by_name(name: str, value: object, lang: str) -> str:
    """A field of an error the way its name says; unknown names as plain text, None as a dash."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return ("是" if value else "否") if lang == "zh" else ("yes" if value else "no")
    if isinstance(value, int):
        return _whole(name, value, lang)
    if isinstance(value, datetime):
        return moment(int(value.timestamp()) * 1000, lang)
    if isinstance(value, date):
        return day(value, lang)
    if isinstance(value, timedelta):
        return duration(int(value.total_seconds()) // 60, lang)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ("、" if lang == "zh" else ", ").join(str(one) for one in value)
    return str(value)


def _whole(name: str, value: int, lang: str) -> str:
    if name.endswith("_fen"):
        return money(value)
    if name.endswith("_centi"):
        return points(value)
    if name.endswith("_milli"):
        return milli(value)
    if name == "minutes" or name.endswith("_minutes"):
        return duration(value, lang)
    if name == "since" or name.endswith(("_since", "_time_ms")):
        return clock_time(value)
    if name.endswith(("_at", "_ms")):
        return moment(value, lang)
    return str(value)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
