"""What money is spent on 支出类别. Names are for staff; ``public_*`` is what residents read, which never
tells a diagnosis: several categories show as 困难群众 there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chalicelib.fund.model.setup_faults import CategoryUnknown

REWARDS: Final = "volunteers"
"""志愿者激励: only a pot filed for it may pay for redeemed points."""
MANAGEMENT: Final = "management"
"""管理费用 of the host charity, shown per mille of what was spent."""
REDEMPTION: Final = "redemption"


@dataclass(frozen=True, slots=True)
class Category:
    """``slug`` is the last segment of the expense account. ``is_purpose``: a pot can be filed for it and
    a disbursement can ask for it; the others are booked by the system."""

    slug: str
    name_zh: str
    name_en: str
    public_zh: str
    public_en: str
    is_purpose: bool = True


_POOR: Final = ("困难群众", "People in hardship")

CATEGORIES: Final[tuple[Category, ...]] = (
    Category("elders", "困境老人", "Elders in need", "困境老人", "Elders in need"),
    Category("children", "困境儿童", "Children in need", "困境儿童", "Children in need"),
    Category("disability", "残疾人帮扶", "People with disabilities", *_POOR),
    Category("special-care", "重点困难群众关爱", "Special care", *_POOR),
    Category("hardship", "困难群众", "People in hardship", *_POOR),
    Category("emergency", "应急救助", "Emergency relief", "应急救助", "Emergency relief"),
    Category("activity", "社区活动", "Community activities", "社区活动", "Community activities"),
    Category(REWARDS, "志愿者激励", "Volunteer rewards", "志愿者激励", "Volunteer rewards"),
    Category(MANAGEMENT, "管理费用", "Management", "管理费用", "Management"),
    Category(REDEMPTION, "积分兑换", "Redeemed points", "志愿者激励", "Volunteer rewards", is_purpose=False),
    Category("fees", "支付手续费", "Payment fees", "支付手续费", "Payment fees", is_purpose=False),
    Category("cash-difference", "现金差额", "Cash difference", "现金差额", "Cash difference", is_purpose=False),
)
_BY_SLUG: Final = {one.slug: one for one in CATEGORIES}


def category(slug: str) -> Category:
    """Raises CategoryUnknown(category)."""
    found = _BY_SLUG.get(slug)
    if found is None:
        raise CategoryUnknown(category=slug[:40])
    return found


def purpose(slug: str) -> Category:
    """A category that people may ask money for. Raises CategoryUnknown(category)."""
    found = category(slug)
    if not found.is_purpose:
        raise CategoryUnknown(category=slug[:40])
    return found


def purposes(slugs: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of the list above. Raises CategoryUnknown(category)."""
    asked = {purpose(slug).slug for slug in slugs}
    return tuple(one.slug for one in CATEGORIES if one.slug in asked)
