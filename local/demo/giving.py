"""The fund, its pots and posters; gifts by citizens, shops and enterprises; refunds."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.fund.service import gifts, monthly, pledges, receipts, refunds, setup, webhooks
from chalicelib.fund.service.gifts import GiftForm, Returns
from chalicelib.fund.service.monthly import MonthlyForm
from chalicelib.fund.service.pledges import PledgeForm
from chalicelib.fund.service.receipts import BankLineForm
from chalicelib.fund.service.setup import FundFacts
from local.demo import story
from local.demo.scene import Act, Scene, Step

_BACK = Returns("http://127.0.0.1/paid", "http://127.0.0.1/cancelled")


def steps(scene: Scene) -> Iterator[Step]:
    yield "基金与资金池", scene.moment(story.BEGAN_DAYS_AGO, 14), _fund(scene)
    if scene.stripe is None:
        return
    for number, gift in enumerate(story.GIFTS):
        yield f"捐赠 {number + 1}", scene.moment(gift[0], 19, number), _gift(scene, number)
    for number, fen in story.REFUNDED.items():
        yield f"退款 {number + 1}", scene.moment(story.GIFTS[number][0] - 1, 11), _refund(scene, number, fen)
    for shop in range(len(story.MONTHLY)):
        began = story.MONTHLY[shop][0]
        yield f"月捐 {story.MONTHLY[shop][2]}", scene.moment(began, 20, shop), _subscribe(scene, shop)
        for month in range(1, began // 30 + 1):
            if began - 31 * month > 0:
                yield (
                    f"月捐 {story.MONTHLY[shop][2]} {month}",
                    scene.moment(began - 31 * month, 20, shop),
                    _renew(scene, shop, month),
                )
    for number, (name, signed, instalments) in enumerate(story.PLEDGES):
        yield f"定捐 {name}", scene.moment(signed, 10), _sign(scene, number)
        for part, (due, _, how) in enumerate(instalments, start=1):
            if how:
                yield f"定捐到账 {name} {part}", scene.moment(due, 15), _meet(scene, number, part, how)


def _fund(scene: Scene) -> Act:
    def act(now_ms: int) -> None:
        admin = scene.by("admin", now_ms)
        facts = FundFacts(**story.CHARITY, refund_days=15)  # type: ignore[arg-type]
        setup.describe_fund(admin, facts, setup.fund().version, now_ms)
        setup.add_bank_account(admin, "icbc", "慈善会 工商银行专户", now_ms)
        for pot_id, name, source, purposes in story.POTS:
            submission = scene.submission(f"pot-{pot_id}", now_ms)
            setup.open_pot(admin, pot_id, name, source, purposes, submission=submission, now_ms=now_ms)
        for key, (pot, channel, tier, label) in story.POSTERS.items():
            submission = scene.submission(f"poster-{key}", now_ms)
            made = setup.make_poster(
                admin, pot, channel=channel, tier=tier, label=label, submission=submission, now_ms=now_ms
            )
            scene.posters[key] = made.code

    return act


def _gift(scene: Scene, number: int) -> Act:
    _, poster, fen, name, name_public, amount_public = story.GIFTS[number]

    def act(now_ms: int) -> None:
        form = GiftForm(fen, name, not name, name_public, amount_public)
        gift_id = _gift_id(scene, number)
        gift = gifts.start_gift(scene.posters[poster], form, submission=gift_id, now_ms=now_ms)
        if not gift.is_paid:
            scene.stripe.set_clock(now_ms)  # type: ignore[union-attr]
            gifts.pay_url(gift.id, _BACK, now_ms)
            waiting = gifts.gift_for_staff(scene.by("manager", now_ms), gift.id)
            scene.stripe.pay(waiting.session_id)  # type: ignore[union-attr]
            _deliver(scene, now_ms)

    return act


def _refund(scene: Scene, number: int, fen: int | None) -> Act:
    def act(now_ms: int) -> None:
        scene.stripe.set_clock(now_ms)  # type: ignore[union-attr]
        reason = "捐赠人多输了一位数,申请退回" if fen else "捐赠人重复付款,全部退回"
        submission = scene.submission(f"refund-{number}", now_ms)
        refunds.request_refund(
            scene.by("manager", now_ms), _gift_id(scene, number), fen, reason, submission=submission, now_ms=now_ms
        )
        _deliver(scene, now_ms)

    return act


def _subscribe(scene: Scene, shop: int) -> Act:
    _, fen, name = story.MONTHLY[shop]

    def act(now_ms: int) -> None:
        scene.stripe.set_clock(now_ms)  # type: ignore[union-attr]
        form = MonthlyForm(fen, name, publish_name=True, publish_amount=True)
        monthly_id = _monthly_id(scene, shop)
        begun = monthly.start_monthly(scene.posters["shop"], form, submission=monthly_id, now_ms=now_ms)
        if not begun.subscription_id:
            monthly.pay_url(begun.id, _BACK, now_ms)
            waiting = monthly.monthly_for_staff(scene.by("manager", now_ms), begun.id)
            scene.stripe.pay(waiting.session_id)  # type: ignore[union-attr]
            _deliver(scene, now_ms)

    return act


def _renew(scene: Scene, shop: int, month: int) -> Act:
    def act(now_ms: int) -> None:
        found = monthly.monthly_for_staff(scene.by("manager", now_ms), _monthly_id(scene, shop))
        # The first month was paid at the beginning; a load that was interrupted must not charge one twice.
        if found.months_paid <= month:
            scene.stripe.set_clock(now_ms)  # type: ignore[union-attr]
            scene.stripe.advance_month(found.subscription_id)  # type: ignore[union-attr]
            _deliver(scene, now_ms)

    return act


def _sign(scene: Scene, number: int) -> Act:
    name, signed, instalments = story.PLEDGES[number]

    def act(now_ms: int) -> None:
        form = PledgeForm(
            pot_id="general",
            name=name,
            label="社会企业定捐协议",
            signed_day=scene.day(signed),
            instalments=[(scene.day(due), fen) for due, fen, _ in instalments],
            publish_name=True,
            publish_amount=True,
        )
        pledges.sign_pledge(scene.by("manager", now_ms), form, submission=_pledge_id(scene, number), now_ms=now_ms)

    return act


def _meet(scene: Scene, number: int, part: int, how: str) -> Act:
    name, _, instalments = story.PLEDGES[number]
    due, fen, _ = instalments[part - 1]

    def act(now_ms: int) -> None:
        pledge_id = _pledge_id(scene, number)
        manager, cashier = scene.by("manager", now_ms), scene.by("cashier", now_ms)
        if pledges.pledge(manager, pledge_id).instalments[part - 1].state == "met":
            return
        if how == "bank":
            line = BankLineForm("icbc", f"DEMO{number}{part}{due:03d}", scene.day(due), fen, name)
            submission = scene.submission(f"receipt-{number}-{part}", now_ms)
            receipt = receipts.enter_for_pledge(cashier, line, pledge_id, part, submission=submission, now_ms=now_ms)
            receipts.check(manager, receipt.id, now_ms)
            return
        scene.stripe.set_clock(now_ms)  # type: ignore[union-attr]
        sent = pledges.send_invoice(manager, pledge_id, part, now_ms=now_ms)
        instalment = sent.instalments[part - 1]
        if instalment.state != "met":
            scene.stripe.pay_invoice(instalment.invoice_id)  # type: ignore[union-attr]
            _deliver(scene, now_ms)

    return act


def _deliver(scene: Scene, now_ms: int) -> None:
    """Hand Stripe's events over as its post would, at the story's own time."""
    while events := scene.stripe.pending_events(signed_at_ms=now_ms):  # type: ignore[union-attr]
        for event in events:
            webhooks.receive(event.body, event.signature, now_ms)


def _gift_id(scene: Scene, number: int) -> str:
    return scene.submission(f"gift-{number}", scene.moment(story.GIFTS[number][0], 19, number))


def _monthly_id(scene: Scene, shop: int) -> str:
    return scene.submission(f"monthly-{shop}", scene.moment(story.MONTHLY[shop][0], 20, shop))


def _pledge_id(scene: Scene, number: int) -> str:
    return scene.submission(f"pledge-{number}", scene.moment(story.PLEDGES[number][1], 10))
