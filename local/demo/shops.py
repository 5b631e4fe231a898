"""Partner shops, what they offer, and vouchers in every state."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.merchants import service
from chalicelib.merchants.service import Terms
from local.demo import story
from local.demo.scene import HOUR_MS, Act, Scene, Step

_YEARS_MS = 3 * 365 * 24 * HOUR_MS


def steps(scene: Scene) -> Iterator[Step]:
    for number, key in enumerate(story.SHOPS):
        at = scene.moment(story.BEGAN_DAYS_AGO - 3, 10, number)
        yield f"商家申请 {key}", at, _apply(scene, key)
        yield f"商家审批 {key}", at + HOUR_MS, _approve(scene, key)
        yield f"商家项目 {key}", at + 2 * HOUR_MS, _stock(scene, key)
    for number, (days, who, shop, offer, became) in enumerate(story.VOUCHERS):
        at = scene.moment(days, 9 if days else 0, number)
        yield f"兑换券 {number + 1}", at, _issue(scene, number, who, shop, offer)
        if became == "captured":
            yield f"核销 {number + 1}", at + 6 * HOUR_MS, _capture(scene, number, shop)
        elif became == "cancelled":
            yield f"取消 {number + 1}", at + 6 * HOUR_MS, _cancel(scene, number, who)


def _apply(scene: Scene, key: str) -> Act:
    name, community, place, phone, *_ = story.SHOPS[key]

    def act(now_ms: int) -> None:
        made = service.apply(
            scene.by("manager", now_ms),
            name=name,
            community_id=community,
            place=place,
            phone=phone,
            submission=scene.submission(f"shop-{key}", now_ms),
            now_ms=now_ms,
        )
        scene.merchants[key] = made.id

    return act


def _approve(scene: Scene, key: str) -> Act:
    clerk = story.SHOPS[key][4]

    def act(now_ms: int) -> None:
        service.approve(scene.by("approver", now_ms), scene.merchants[key], agreement=f"演示协议 {key}", now_ms=now_ms)
        service.add_clerk(
            scene.by("admin", now_ms),
            scene.merchants[key],
            phone=story.STAFF[clerk][2],
            ends_at=now_ms + _YEARS_MS,
            reason="商家指定店员",
            submission=scene.submission(f"clerk-{key}", now_ms),
            now_ms=now_ms,
        )

    return act


def _stock(scene: Scene, key: str) -> Act:
    def act(now_ms: int) -> None:
        for number, (title, asset, centi, stock, person, month, fen) in enumerate(story.SHOPS[key][5]):
            terms = Terms(
                title=title,
                asset=asset,  # type: ignore[arg-type]
                price_centi=centi,
                stock=stock,
                per_person_max=person,
                per_month_max=month,
                reimbursement_fen=fen,
            )
            submission = scene.submission(f"offer-{key}-{number}", now_ms)
            made = service.add_offer(
                scene.by("manager", now_ms), scene.merchants[key], terms, submission=submission, now_ms=now_ms
            )
            scene.offers[(key, number)] = made.id

    return act


def _issue(scene: Scene, number: int, who: str, shop: str, offer: int) -> Act:
    def act(now_ms: int) -> None:
        centi = story.SHOPS[shop][5][offer][2]
        made = service.issue(
            scene.by(who, now_ms),
            scene.offers[(shop, offer)],
            agreed_centi=centi,
            submission=scene.submission(f"voucher-{number}", now_ms),
            now_ms=now_ms,
        )
        scene.vouchers[number] = made.id

    return act


def _capture(scene: Scene, number: int, shop: str) -> Act:
    clerk = story.SHOPS[shop][4]

    def act(now_ms: int) -> None:
        submission = scene.submission(f"capture-{number}", now_ms)
        service.capture(scene.by(clerk, now_ms), scene.vouchers[number], submission=submission, now_ms=now_ms)

    return act


def _cancel(scene: Scene, number: int, who: str) -> Act:
    def act(now_ms: int) -> None:
        service.cancel(scene.by(who, now_ms), scene.vouchers[number], now_ms=now_ms)

    return act
