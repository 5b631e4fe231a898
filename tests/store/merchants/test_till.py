"""What a scan or a typed code means at a till, and what a clerk never sees."""

from __future__ import annotations

import pytest

from chalicelib.errors import NotAllowed
from chalicelib.identity import service as identity
from chalicelib.merchants import service
from chalicelib.merchants.service import codes, faults
from tests.store.merchants.scene import NOW, Scene, award, form


@pytest.fixture
def voucher(scene: Scene) -> service.Voucher:
    award(scene.zhou, 50_00)
    offer = scene.offer()
    return service.issue(scene.zhou, offer.id, agreed_centi=50_00, submission=form(), now_ms=NOW)


def test_a_scan_is_read_in_every_form(scene: Scene, voucher: service.Voucher) -> None:
    token = service.token_of(voucher)
    assert len(token) <= 60
    for scanned in (
        f"https://linli.example.org/v/{token}",
        f"http://127.0.0.1:8000/api/v/{token}/",
        f" https://linli.example.org/v/{token}?from=wechat ",
        token,
        voucher.code,
        codes.grouped(voucher.code).lower(),
        "".join(chr(ord(c) + 0xFEE0) for c in voucher.code),
    ):
        seen = service.find(scene.clerk, scanned, now_ms=NOW)
        assert (seen.voucher.id, seen.refusal) == (voucher.id, None)


def test_the_clerk_sees_a_masked_name_and_nothing_else(scene: Scene, voucher: service.Voucher) -> None:
    seen = service.find(scene.clerk, voucher.code, now_ms=NOW)
    assert seen.holder_masked == "周**"
    assert "13800000007" not in repr(seen)
    assert "周秀英" not in repr(seen)


@pytest.mark.parametrize(
    "scanned",
    ["https://example.org/", "weixin://x", "/c/k1.tC12345678aaaaaaaaaaaaaa", "mailto:a@b.c", "a.b", "x" * 500],
)
def test_another_kind_of_code_is_named_so(scene: Scene, scanned: str) -> None:
    with pytest.raises(faults.NotAVoucher):
        service.find(scene.clerk, scanned, now_ms=NOW)


def test_a_paper_card_is_not_a_voucher(scene: Scene) -> None:
    card = identity.print_card(scene.coordinator, scene.zhou.id, now_ms=NOW)
    token = identity.card_token(card.number)
    with pytest.raises(faults.NotAVoucher):
        service.find(scene.clerk, f"https://linli.example.org/c/{token}", now_ms=NOW)
    # even in the voucher's own address it is not taken: it was signed for another purpose
    for scanned in (token, f"https://linli.example.org/v/{token}"):
        with pytest.raises(faults.VoucherForged):
            service.find(scene.clerk, scanned, now_ms=NOW)


def test_a_forged_token_is_refused(scene: Scene, voucher: service.Voucher) -> None:
    token = service.token_of(voucher)
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    unknown_key = "zz" + token[token.index(".") :]
    for forged in (altered, unknown_key):
        with pytest.raises(faults.VoucherForged):
            service.find(scene.clerk, f"https://linli.example.org/v/{forged}", now_ms=NOW)
    with pytest.raises(faults.NotAVoucher):
        service.find(scene.clerk, f"https://linli.example.org/v/{token[:9]}", now_ms=NOW)


def test_typed_codes_that_lead_nowhere(scene: Scene, voucher: service.Voucher) -> None:
    with pytest.raises(faults.VoucherCodeMalformed):
        service.find(scene.clerk, voucher.code[:-2], now_ms=NOW)
    other = codes.ALPHABET[(codes.ALPHABET.index(voucher.code[0]) + 1) % len(codes.ALPHABET)]
    with pytest.raises(faults.VoucherCodeMistyped):
        service.find(scene.clerk, other + voucher.code[1:], now_ms=NOW)
    with pytest.raises(faults.VoucherUnknown):
        service.find(scene.clerk, codes.code_of("01M745AQ804ARV789RV5QAQ21H"), now_ms=NOW)
    with pytest.raises(faults.VoucherUnknown):
        service.show(scene.clerk, "not-an-id", now_ms=NOW)


def test_the_voucher_of_another_merchant(scene: Scene, voucher: service.Voucher) -> None:
    for ask in (
        lambda: service.find(scene.barber_clerk, voucher.code, now_ms=NOW),
        lambda: service.capture(scene.barber_clerk, voucher.id, submission=form(), now_ms=NOW),
    ):
        with pytest.raises(faults.ForeignVoucher) as foreign:
            ask()
        assert foreign.value.fields == {"name": "惠民粮油店"}


def test_who_is_no_clerk_captures_nothing(scene: Scene, voucher: service.Voucher) -> None:
    for person in (scene.zhou, scene.admin, scene.coordinator):
        with pytest.raises(NotAllowed):
            service.find(person, voucher.code, now_ms=NOW)
        with pytest.raises(NotAllowed):
            service.capture(person, voucher.id, submission=form(), now_ms=NOW)


def test_a_code_that_is_taken_gives_way_to_the_next(scene: Scene, voucher: service.Voucher) -> None:
    """Two ids whose first codes are equal cannot be had; but a taken code is passed over."""
    from chalicelib.merchants.service.vouchers import _free_code

    assert _free_code(voucher.id) == 1
    assert _free_code("01M745AQ804ARV789RV5QAQ21H") == 0
