"""周阿姨 takes a bag of rice for her points, and the shop knows exactly what to hand over."""

from __future__ import annotations

import re
from collections.abc import Callable

from chalicelib import clock
from chalicelib.identity import service as identity
from chalicelib.merchants import service
from tests.store.identity.browser import Browser
from tests.store.merchants.scene import DAY, HOUR, MINUTE, NOW, Scene, available, award, form, held

SignIn = Callable[[str], Browser]
ZHOU, CLERK, SECOND, BARBER = "13800000007", "13800000004", "13800000005", "13800000006"


def exchanged(zhou: Browser, offer: service.Offer) -> str:
    """Exchange points on the pages; the address of the voucher."""
    zhou.get(f"/offers/{offer.id}").send(f"/offers/{offer.id}/vouchers")
    assert zhou.status == 303, zhou.text
    return zhou.to


def voucher_id(address: str) -> str:
    return address.rpartition("/")[2]


def token_in(text: str) -> str:
    found = re.search(r'<p class="typed-code">([A-Z0-9-]+)</p>', text)
    assert found, text
    return found[1]


def test_a_bag_of_rice(scene: Scene, sign_in: SignIn) -> None:
    award(scene.zhou, 62_70)
    offer = scene.offer(per_month_max=2)
    zhou = sign_in(ZHOU)

    zhou.get("/offers")
    assert "大米5公斤" in zhou.text
    assert "50 时间积分" in zhou.text
    assert "还剩10份" in zhou.text
    assert "62.70 时间积分" in zhou.text
    assert "¥" not in zhou.text
    assert "积分是对志愿服务的激励,不是存款或报酬,不能买卖、提现;兑换不减少服务时长。" in zhou.text

    zhou.get(f"/offers/{offer.id}")
    assert "可用62.70,兑换后剩12.70" in zhou.text
    assert "安福路12号" in zhou.text
    assert "每人每月限2份" in zhou.text
    assert "28" not in re.sub(r"<[^>]*>", "", zhou.text)
    zhou.send(f"/offers/{offer.id}/vouchers")
    mine = zhou.to
    zhou.follow()
    assert "兑换券:大米5公斤×1,50积分已暂扣,核销后扣除;2026年12月11日前未用自动退回。请当面出示,勿转发。" in zhou.text
    assert 'role="img"' in zhou.text
    code = token_in(zhou.text)
    assert (available(scene.zhou), held(scene.zhou)) == (12_70, 50_00)

    clerk = sign_in(CLERK)
    clerk.get("/till")
    assert "惠民粮油店" in clerk.text
    assert "今天还没有核销" in clerk.text
    clerk.send("/till/find", scan=code.lower().replace("-", " "))
    assert clerk.to == f"/till/vouchers/{voucher_id(mine)}"
    clerk.follow()
    assert "大米5公斤×1" in clerk.text
    assert "周**" in clerk.text
    assert "周秀英" not in clerk.text
    assert ZHOU not in clerk.text
    assert "138****0007" not in clerk.text

    page = clerk.hidden(f"{clerk_path(mine)}/capture")
    clerk.post(f"{clerk_path(mine)}/capture", page)
    first = clerk.to
    clerk.follow()
    assert "核销成功,请交付:大米5公斤×1" in clerk.text
    assert (available(scene.zhou), held(scene.zhou)) == (12_70, 0)

    # double click, back button, second tab: the same form gets its first answer
    with clock.at(NOW + MINUTE):
        clerk.post(f"{clerk_path(mine)}/capture", page)
        assert (clerk.status, clerk.to) == (303, first)
        assert "核销成功" in clerk.follow().text
        # another scan is told when it was
        clerk.get("/till").send("/till/find", scan=code).follow()
        assert "此券10:00已核销,请勿重复交付。" in clerk.text
        assert "核销成功" not in clerk.text
        second = sign_in(SECOND)
        second.get(f"{clerk_path(mine)}?done={page['_form'][:26]}")
        assert "此券10:00已核销,请勿重复交付。" in second.text

    clerk.get("/till")
    assert "10:00" in clerk.text
    assert "大米5公斤×1" in clerk.text
    clerk.get("/till/owed")
    assert "50 时间积分" in clerk.text
    assert "¥28.00" in clerk.text
    zhou.get(mine)
    assert "已核销" in zhou.text
    assert "<svg" not in zhou.text.partition("<main")[2]


def clerk_path(mine: str) -> str:
    return f"/till/vouchers/{voucher_id(mine)}"


def slip(code: str) -> str:
    """One character wrong."""
    alphabet = service.codes.ALPHABET
    return alphabet[(alphabet.index(code[0]) + 1) % len(alphabet)] + code[1:]


def test_the_phones_own_scanner_opens_the_till(scene: Scene, sign_in: SignIn) -> None:
    award(scene.zhou, 50_00)
    zhou = sign_in(ZHOU)
    mine = exchanged(zhou, scene.offer())
    address = f"/v/{service.token_of(service.voucher(scene.zhou, voucher_id(mine)))}"

    stranger = Browser().get(address)
    assert "请把它当面出示给商家店员扫码,不要转发给别人。" in stranger.text
    assert "大米" not in stranger.text
    zhou.get(address)
    assert "这是一张兑换券" in zhou.text

    clerk = sign_in(CLERK)
    clerk.get(address)
    assert "此券可以核销" in clerk.text
    # looking changed nothing
    assert held(scene.zhou) == 50_00
    clerk.send(f"{clerk_path(mine)}/capture").follow()
    assert "核销成功,请交付:大米5公斤×1" in clerk.text
    with clock.at(NOW + 25 * HOUR):
        sign = sign_in(CLERK)
        sign.get(address)
        assert "此券2026年11月11日 10:00已核销,请勿重复交付。" in sign.text


def test_what_else_a_till_says(scene: Scene, sign_in: SignIn) -> None:
    award(scene.zhou, 500_00)
    zhou, clerk, barber = sign_in(ZHOU), sign_in(CLERK), sign_in(BARBER)
    offer = scene.offer(valid_days=1, hours=service.Hours((1, 2, 3, 4, 5), 9 * 60, 17 * 60))
    one, two = (service.voucher(scene.zhou, voucher_id(exchanged(zhou, offer))) for _ in range(2))

    def at_till(browser: Browser, scan: str) -> str:
        browser.get("/till").send("/till/find", scan=scan)
        return browser.follow().text if browser.status == 303 else browser.text

    assert "此券不是本店的,请勿交付。" in at_till(barber, one.code)
    assert "惠民粮油店" in barber.text
    assert barber.status == 409
    assert "券号有一位输错了,或两位颠倒了。" in at_till(clerk, slip(one.code))
    assert clerk.status == 422
    assert "券号应为9位字母和数字" in at_till(clerk, "12345")
    assert "请填写" not in clerk.text
    assert "券号应为9位字母和数字" in at_till(clerk, "")
    assert "没有找到这张兑换券。" in at_till(clerk, service.codes.code_of("01M745AQ804ARV789RV5QAQ21H"))
    assert "这不是兑换券的二维码。" in at_till(clerk, "https://example.org/c/abc")
    token = service.token_of(one)
    assert "这个二维码不是本站签发的兑换券,请勿交付。" in at_till(clerk, f"https://x.example/v/{token[:-2]}AA")
    with clock.at(NOW + 9 * HOUR):
        assert "现在不在这张券的使用时间内,请勿交付。" in at_till(sign_in(CLERK), one.code)
    service.suspend(scene.coordinator, scene.shop.id, why="整顿", now_ms=NOW)
    assert "“惠民粮油店”已暂停兑换,请勿交付。" in at_till(clerk, one.code)
    service.resume(scene.approver, scene.shop.id, now_ms=NOW)

    # the page was open at the till while the member cancelled at home
    at_till(clerk, one.code)
    waiting = clerk.hidden(f"/till/vouchers/{one.id}/capture")
    zhou.get(f"/vouchers/{one.id}").send(f"/vouchers/{one.id}/cancel").follow()
    assert "已取消" in zhou.text
    clerk.post(f"/till/vouchers/{one.id}/capture", waiting)
    assert clerk.status == 409
    assert "此券已由本人取消,请勿交付。" in clerk.text
    with clock.at(NOW + 2 * DAY):
        clerk = sign_in(CLERK)
        assert "此券已过期(最后一天是2026年11月12日),请勿交付。" in at_till(clerk, two.code)


def test_points_stock_and_limits_are_said_in_words(scene: Scene, sign_in: SignIn) -> None:
    award(scene.zhou, 130_00)
    zhou = sign_in(ZHOU)
    last, dear = scene.offer(stock=1), scene.offer(title="食用油", price_centi=200_00)
    limited = scene.offer(title="鸡蛋", price_centi=10_00, per_month_max=1)

    zhou.get(f"/offers/{dear.id}")
    assert "积分不够,还差70。" in zhou.text
    assert '/vouchers"' not in zhou.text.partition("<form")[2]

    # two tabs show the last piece; the second is told, and keeps its points
    one_tab = zhou.get(f"/offers/{last.id}").hidden(f"/offers/{last.id}/vouchers")
    other_tab = zhou.get(f"/offers/{last.id}").hidden(f"/offers/{last.id}/vouchers")
    zhou.post(f"/offers/{last.id}/vouchers", one_tab)
    first = zhou.to
    zhou.post(f"/offers/{last.id}/vouchers", one_tab)
    assert zhou.to == first
    zhou.post(f"/offers/{last.id}/vouchers", other_tab)
    assert zhou.status == 409
    assert "“大米5公斤”已经兑完了,没有扣您的积分。" in zhou.text
    assert available(scene.zhou) == 80_00

    fields = zhou.get(f"/offers/{limited.id}").hidden(f"/offers/{limited.id}/vouchers")
    exchanged(zhou, limited)
    again = {**fields, "price_centi": "900"}
    zhou.post(f"/offers/{limited.id}/vouchers", again)
    assert zhou.status == 409
    assert "这项兑换刚刚改为10积分(您看到的是9),没有扣您的积分。" in zhou.text
    zhou.post(f"/offers/{limited.id}/vouchers", fields)
    assert "这项每人每月限兑1份,您本月已经兑满了。" in zhou.text
    assert "2026年12月1日起可以再兑。" in zhou.text
    zhou.post(f"/offers/{limited.id}/vouchers", {**fields, "price_centi": "ten"})
    assert zhou.status == 422
    zhou.get("/vouchers")
    assert zhou.text.count("待使用") == 2


def test_an_overdue_voucher_can_be_taken_back_by_hand(scene: Scene, sign_in: SignIn) -> None:
    award(scene.zhou, 50_00)
    mine = exchanged(sign_in(ZHOU), scene.offer(valid_days=1))
    with clock.at(NOW + 3 * DAY):
        zhou = sign_in(ZHOU)
        zhou.get(mine)
        assert "此券已过期,暂扣的积分正在退回。" in zhou.text
        assert held(scene.zhou) == 50_00
        zhou.send(f"{mine}/cancel").follow()
        assert "已过期" in zhou.text
        assert "正在退回" not in zhou.text
    assert held(scene.zhou) == 0


def test_pages_are_closed_to_others(scene: Scene, sign_in: SignIn) -> None:
    award(scene.zhou, 50_00)
    zhou = sign_in(ZHOU)
    mine = exchanged(zhou, scene.offer())
    assert Browser().get(mine).to.startswith("/sign-in?next=")
    assert Browser().get("/till").to.startswith("/sign-in?next=")
    assert zhou.get("/till").status == 403
    clerk = sign_in(CLERK)
    assert clerk.get(mine).status == 404
    assert clerk.get(f"/till/owed?shop={scene.barber.id}").status == 403
    assert clerk.get("/staff/merchants").status == 403
    assert clerk.get("/till/vouchers/" + form()).status == 404
    assert clerk.get("/offers/nothing").status == 404


def test_a_paper_voucher_for_somebody_without_a_phone(scene: Scene, sign_in: SignIn) -> None:
    """The coordinator scans the paper card, prints the voucher; the shop redeems it like any other."""
    award(scene.zhou, 60_00)
    offer = scene.offer()
    card = identity.print_card(scene.coordinator, scene.zhou.id, now_ms=NOW)
    li = sign_in("13800000002")
    assert "代为兑换" in li.get("/staff").text
    li.get("/staff/exchange").send("/staff/exchange", holder="C0000")
    assert li.status in (404, 422)
    for shown in (f"https://linli.example.org/c/{identity.card_token(card.number)}", scene.zhou.number, ZHOU):
        li.get("/staff/exchange").send("/staff/exchange", holder=shown)
        assert li.to == f"/offers?holder={scene.zhou.id}", shown
    li.follow()
    assert "正在为周**办理。" in li.text
    assert "60 时间积分" in li.text
    li.get(f"/offers/{offer.id}?holder={scene.zhou.id}").send(f"/offers/{offer.id}/vouchers")
    stub = li.to
    li.follow()
    assert "打印纸质券" in li.text
    assert held(scene.zhou) == 50_00
    clerk = sign_in(CLERK)
    clerk.get("/till").send("/till/find", scan=token_in(li.text)).follow()
    clerk.send(f"{clerk_path(stub)}/capture").follow()
    assert "核销成功" in clerk.text
    # nobody else's points can be looked at this way
    second = sign_in(SECOND)
    assert second.get(f"/offers?holder={scene.zhou.id}").status == 403
    assert second.get("/staff/exchange").status == 403


def test_wormy_rice_is_made_good(scene: Scene, sign_in: SignIn) -> None:
    """The coordinator gives the points back, once for a form, never more than were taken."""
    award(scene.zhou, 50_00)
    zhou = sign_in(ZHOU)
    mine = exchanged(zhou, scene.offer())
    code = token_in(zhou.follow().text)
    li = sign_in("13800000002")
    li.get("/staff/returns").send("/staff/returns", code=slip(code))
    assert li.status == 422
    assert "券号有一位输错了" in li.text
    li.send("/staff/returns", code=code)
    back = li.to
    assert "这张券没有核销,积分没有扣除,不用退回。" in li.follow().text
    service.capture(scene.clerk, voucher_id(mine), submission=form(), now_ms=NOW)
    li.get(back)
    li.send(back, points_centi="50.01", why="米有虫")
    assert li.status == 409
    assert "最多还可退回 50 积分。" in li.text
    li.send(back, points_centi="50", why="")
    assert li.status == 422
    fields = li.hidden(back)
    for _ in range(2):
        li.post(back, {**fields, "points_centi": "20", "why": "米有虫"})
        assert li.to == back
    assert available(scene.zhou) == 20_00
    li.follow()
    assert "米有虫" in li.text
    assert "最多30" in li.text
    assert "已退回" in zhou.get(mine).text
    assert "(已退回20)" in sign_in(CLERK).get("/till").text
    assert sign_in(BARBER).get(back).status == 403
