"""Accounts in Chinese, small groups merged, points redeemed told from what the communities' books lack."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.reports.model.public_figures import CareFigure, care_figures, money, points
from chalicelib.reports.views.account_words import AccountNames

NAMES = AccountNames(
    banks={"icbc": "工商银行专户"},
    pots={"relief": "困难帮扶"},
    categories={"elders": "困境老人"},
    merchants={"M1": "惠民超市"},
    communities={"jinxiu": "锦绣社区"},
)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("asset:bank:icbc", "银行存款 · 工商银行专户"),
        ("asset:stripe", "线上收款待结算"),
        ("expense:relief:elders", "支出 · 困难帮扶 · 困境老人"),
        ("income:relief:fixed:partner", "捐赠收入 · 困难帮扶 · 社会企业定捐 · 共建捐赠"),
        ("liability:merchant:M1", "应付商家 · 惠民超市"),
        ("liability:merchant:M2", "应付商家 · M2"),
        ("liability:wallet", "志愿者积分"),
        ("liability:wallet:01KRQ58NZ0S15Y6P8GZGFC6A3X", "志愿者积分"),
        ("equity:issued:jinxiu", "累计发放积分 · 锦绣社区"),
        ("equity:opening", "期初余额"),
        ("equity:opening:relief", "期初余额 · 困难帮扶"),
        ("asset:transit", "结算在途"),
        ("else", "else"),
    ],
)
def test_an_account_in_chinese(account: str, name: str) -> None:
    assert NAMES.of(account) == name


def test_care_actions_of_few_people_are_merged() -> None:
    day = date(2026, 11, 1)
    care = care_figures([("小", day, 4), ("大", day, 5), ("新", date(2026, 11, 2), 80), ("零", day, 0)], 20)
    assert care.shown == (CareFigure("新", date(2026, 11, 2), 80), CareFigure("大", day, 5))
    assert (care.merged, care.merged_person_times, care.actions, care.person_times) == (2, 0, 4, 85)
    assert care_figures([("小", day, 4), ("又小", day, 3)], 20).person_times == 7
    assert [one.title for one in care_figures([("甲", day, 9), ("乙", day, 9)], 1).shown] == ["甲"]


def test_money_by_tier_channel_and_category() -> None:
    figures = money(
        [
            {("CNY", "income:relief:fixed:partner"): -500, ("CNY", "expense:relief:elders"): 200},
            {("CNY", "income:rewards:individual:online"): -70, ("CNY", "income:rewards:individual:event"): -30},
            {("CNY", "expense:rewards:elders"): 1, ("CNY", "expense:rewards:fees"): 0, ("CNY", "asset:stripe"): 100},
        ]
    )
    assert (figures.received_fen, figures.spent_fen) == (600, 201)
    assert (figures.by_tier, figures.by_category) == ({"fixed": 500, "individual": 100}, {"elders": 201})
    assert figures.by_channel == {"partner": 500, "online": 70, "event": 30}


def test_points_issued_redeemed_returned_and_expired() -> None:
    jinxiu = {
        ("TIME", "equity:issued:jinxiu"): 1_000,
        ("TIME", "liability:wallet"): -1_000 + 300 - 50 + 100,  # captured, returned, expired
        ("TIME", "equity:expired"): -100,
        ("MEDAL", "equity:issued:jinxiu"): 40,
        ("MEDAL", "liability:wallet"): -40,
    }
    other = {("TIME", "equity:issued:wutong"): 7, ("TIME", "liability:wallet"): -7}
    figures = points([jinxiu, other])
    assert figures.issued_centi == {"TIME": 1_007, "MEDAL": 40}
    assert figures.redeemed_centi == {"TIME": 250, "MEDAL": 0}
