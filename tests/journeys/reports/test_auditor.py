"""周正 supervises: he reads the public page, the report and the books, and takes them home to check."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from chalice.test import Client

from app import app
from chalicelib import clock
from chalicelib.ledger.store import journal, totals
from chalicelib.reports.routes import exporting
from chalicelib.reports.service import books, exports
from chalicelib.web import format as fmt
from local.demo import story
from tests.journeys.reports.conftest import Desk, Told
from tests.store.reports.exporting import files_in

AtDesk = Callable[[str], Desk]
PERIOD = "first=2026-01-01&last=2026-12-31"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    with files_in(tmp_path / "files") as folder:
        yield folder


def words(page: str) -> str:
    """What is to be read on a page, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<svg\b.*?</svg>", " ", page, flags=re.S))))


def fen(yuan: str | float | int) -> int:
    exact = Decimal(str(yuan)) * 100
    assert exact == int(exact)
    return int(exact)


def balance() -> dict[tuple[str, str], int]:
    return dict(totals.trial_balance())


def spent(*, by_people: bool) -> int:
    """From the trial balance: what people asked for, or what the books spent by themselves."""
    system = ("fees", "redemption", "cash-difference")
    return sum(
        amount
        for (_, account), amount in balance().items()
        if account.startswith("expense:") and (account.rsplit(":", 1)[1] not in system) == by_people
    )


def download(told: Told, desk: Desk, path: str) -> tuple[bytes, dict[str, str]]:
    """A file as the browser gets it, byte for byte."""
    cookie = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
    with clock.at(told.now_ms), Client(app) as client:
        answer = client.http.get(path, headers={"cookie": cookie})
    assert answer.status_code == 200, answer.body
    return answer.body, {name.lower(): value for name, value in answer.headers.items()}


def test_the_public_page_and_the_books_say_the_same(told: Told, desk: AtDesk) -> None:
    page = desk("").get("/")
    received = -sum(amount for (_, account), amount in balance().items() if account.startswith("income:"))
    assert received > 20_000_00
    assert f"¥{received // 100:,}.{received % 100:02d}" in page.text
    whole = spent(by_people=True) + spent(by_people=False)
    assert f"¥{whole // 100:,}.{whole % 100:02d}" in page.text
    assert page.text.count('role="img"') == 3
    figures = json.loads(desk("").get("/api/v1/public/summary").text)
    assert figures["received_fen"] == received == sum(figures["received_by_tier_fen"].values())
    assert received == sum(figures["received_by_channel_fen"].values())
    assert figures["spent_fen"] == whole == sum(figures["spent_by_category_fen"].values())
    assert set(figures["received_by_tier_fen"]) == {"fixed", "monthly", "individual"}
    assert set(figures["received_by_channel_fen"]) == {"partner", "online", "event"}
    for asset in ("TIME", "MEDAL"):
        issued = sum(n for (of, name), n in balance().items() if of == asset and name.startswith("equity:issued"))
        redeemed = -sum(n for (of, name), n in balance().items() if of == asset and name.startswith("liability:merch"))
        assert figures["points_issued_centi"][asset] == issued > 0
        assert figures["points_redeemed_centi"][asset] == redeemed
    assert figures["points_redeemed_centi"]["TIME"] > 0


def test_nobody_who_was_helped_and_no_hidden_donor_is_on_the_public_page(told: Told, desk: AtDesk) -> None:
    page = words(desk("").get("/").text)
    for name in ("吴秋生", "吴**", "周桂兰", "罗天佑"):
        assert name not in page
    assert "排行" not in page
    assert "排名" not in page


def test_a_gift_that_went_back_as_a_whole_is_no_longer_among_the_donors(told: Told, desk: AtDesk) -> None:
    listed = desk("").get("/").text.partition("最近的捐赠")[2].partition("</ul>")[0]
    back = [gift for number, gift in enumerate(story.GIFTS) if number in story.REFUNDED and gift[0] > 49]
    whole = [gift for gift in back if story.REFUNDED[story.GIFTS.index(gift)] is None]
    assert whole
    for days_ago, *_ in whole:
        assert fmt.day(told.scene.day(days_ago)) not in listed
        assert fmt.day(told.scene.day(days_ago + 1)) in listed


def test_the_public_page_in_english_has_chinese_only_in_names(told: Told, desk: AtDesk) -> None:
    page = words(desk("").get("/", accept_language="en").text)
    names = [story.STREET[0], story.CHARITY["charity_name"], "中文"]
    names += [gift[3] for gift in story.GIFTS if gift[3]] + [shop[2] for shop in story.MONTHLY]
    names += [pledge[0] for pledge in story.PLEDGES] + [action[0] for action in story.CARE_ACTIONS]
    for said in ("Gifts received so far", "Spent", "Available", "Where the money goes", "A kind neighbour", "Elders"):
        assert said in page
    for name in sorted(names, key=len, reverse=True):
        page = page.replace(name, "")
    assert re.findall(r"[\u4e00-\u9fff]+", page) == []


def test_every_door_of_the_first_page_opens(told: Told, desk: AtDesk) -> None:
    page = desk("").get("/").text
    doors = re.findall(r'<a class="(?:card|weui-btn)[^"]*" href="([^"]+)"', page)
    assert {"/give", "/me", "/offers", "/till", "/staff"} <= set(doors)
    for door in doors:
        answer = desk("").get(door)
        assert answer.status in (200, 302, 303, 401), f"{door}: {answer.status}"


def test_the_report_on_the_page_in_csv_xlsx_and_json_agrees_with_the_books(told: Told, desk: AtDesk) -> None:
    whole = spent(by_people=True)
    assert whole > 10_000_00
    browser = desk("supervisor")
    page = browser.get(f"/staff/reports/disbursements?{PERIOD}")
    assert "与账簿核对一致" in page.text
    assert f"¥{whole // 100:,}.{whole % 100:02d}" in page.text
    assert "吴秋生" not in page.text
    assert "吴**" in page.text
    assert "陈敏 / 赵国强" in words(page.text)

    body, headers = download(told, browser, f"/staff/reports/disbursements.csv?{PERIOD}")
    assert headers["content-type"].startswith("text/csv")
    assert "filename*=UTF-8''" in headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    head = next(number for number, line in enumerate(lines) if line[:1] == ["付款日期"])
    foot = next(number for number, line in enumerate(lines) if line[:1] == ["合计"])
    rows = lines[head + 1 : foot]
    assert sum(fen(line[6]) for line in rows) == fen(lines[foot][6]) == whole
    assert {line[9] for line in rows} == {"陈敏"}
    assert {line[10] for line in rows} == {"赵国强"}
    assert {line[2] for line in rows} == {"困境老人", "困境儿童", "社区活动"}

    body, _ = download(told, browser, f"/staff/reports/disbursements.xlsx?{PERIOD}")
    sheet = openpyxl.load_workbook(io.BytesIO(body), data_only=True)["支出明细"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    total = next(row for row in cells if row[0] == "合计")
    first = next(number for number, row in enumerate(cells) if row[0] == "付款日期") + 1
    assert sum(fen(row[6]) for row in cells[first : first + len(rows)]) == fen(total[6]) == whole

    found = json.loads(token(told, browser, f"/api/v1/reports/disbursements?{PERIOD}"))
    assert found["total_fen"] == found["ledger_fen"] == whole == sum(row["amount_fen"] for row in found["rows"])
    assert found["other_fen"] == spent(by_people=False)
    for block in ("by_category_fen", "by_pot_fen", "by_care_action_fen"):
        assert sum(found[block].values()) == whole
    assert len(found["rows"]) == len(rows)


def session(desk: Desk) -> str:
    """Whatever stands before a cookie's name on this kind of connection."""
    return next(value for name, value in desk.cookies.items() if name.endswith("linli_s"))


def token(told: Told, desk: Desk, path: str) -> str:
    """JSON with the session's token, as a till or a mini-program sends it."""
    desk.get(path, authorization=f"Bearer {session(desk)}")
    assert desk.status == 200, desk.text
    return desk.text


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        ("first=2026-06-30&last=2026-01-01", "period_invalid", "这段日期不对。"),
        ("first=2026-02-30", "period_invalid", "这段日期不对。"),
        ("first=<script>", "period_invalid", "这段日期不对。"),
        ("first=2010-01-01&last=2026-01-01", "period_too_long", "一次最多看 1098 天。"),
        ("basis=paid", "basis_unknown", "报告按付款日期或记账日期。"),
        ("pot=nowhere", "fund_pot_unknown", ""),
        ("category=nothing", "fund_category_unknown", ""),
        ("care_action=%F0%9F%98%80", "care_action_unknown", ""),
    ],
)
def test_what_cannot_be_reported_is_said(told: Told, desk: AtDesk, query: str, code: str, says: str) -> None:
    browser = desk("manager")
    for suffix in ("", ".csv", ".xlsx"):
        page = browser.get(f"/staff/reports/disbursements{suffix}?{query}")
        assert page.status in (404, 422), page.text
        assert f"代码 {code}" in words(page.text)
        assert says in page.text
        assert "没有完成" not in words(page.text)
    answer = browser.get(f"/api/v1/reports/disbursements?{query}", authorization=f"Bearer {session(browser)}")
    assert json.loads(answer.text)["code"] == code


def test_a_page_number_that_is_none_shows_the_first(told: Told, desk: AtDesk) -> None:
    browser = desk("manager")
    for page in ("0", "-1", "x", "99999999", "²"):
        assert "与账簿核对一致" in browser.get(f"/staff/reports/disbursements?page={page}").text


def test_the_report_is_not_for_everybody(told: Told, desk: AtDesk) -> None:
    assert desk("").get("/staff/reports/disbursements").to.startswith("/sign-in")
    for path in ("/staff/reports/disbursements", "/staff/reports/disbursements.csv", "/staff/books/journal"):
        assert desk("clerk").get(path).status == 403


def test_the_books_on_the_page(told: Told, desk: AtDesk) -> None:
    browser = desk("supervisor")
    page = words(browser.get("/staff/books").text)
    for (_, account), _amount in balance().items():
        assert account in page
    assert page.count("合计 0") + page.count("合计 ¥0.00") == 3
    account = f"liability:merchant:{told.scene.merchants['barber']}"
    entries, _ = books.statement(told.who("supervisor"), account)
    shown = browser.get(f"/staff/books/statement?account={account}").text
    assert entries
    assert all(entry.key in shown for entry in entries)
    wrong = browser.get("/staff/books/statement?account=asset:bank:icbc")
    assert (wrong.status, "没有“asset:bank:icbc”这个可查流水的账户" in wrong.text) == (422, True)


def worked_on(told: Told, browser: Desk) -> Desk:
    """The page of the job that was begun, watched once while it waits and once when it is done."""
    page = browser.to
    waiting = browser.get(page)
    assert "排队中" in waiting.text
    assert f'hx-get="{page}"' in waiting.text, "it looks again by itself"
    assert '<noscript><meta http-equiv="refresh"' in waiting.text, "without script too"
    with clock.at(told.now_ms):
        assert exporting.run_one(page.rsplit("/", 1)[1]) == "done"
    done = browser.get(page)
    assert "hx-get" not in done.text
    return done


def test_the_manager_has_the_books_checked(told: Told, desk: AtDesk, files: Path) -> None:
    browser = desk("manager")
    browser.get("/staff/books").send("/staff/books/verify")
    assert browser.status == 303
    assert "账目核对一致" in worked_on(told, browser).text


def test_the_supervisor_takes_the_journal_of_the_summer_home(told: Told, desk: AtDesk, files: Path) -> None:
    browser = desk("supervisor")
    asked = browser.get("/staff/exports/new?kind=journal")
    asked.send("/staff/exports", first="2026-07-01", last="2026-08-31")
    page, done = browser.to, worked_on(told, browser).text
    assert "账簿_20260701-20260831.journal" in done
    browser.get(f"{page}/file")
    assert (browser.status, browser.to.startswith("/files/")) == (303, True)
    file = exports.local_file(browser.to.removeprefix("/files/"), told.now_ms)
    body = file.path.read_bytes()
    assert file.name == "账簿_20260701-20260831.journal"
    entries = list(journal.booked_between(date(2026, 7, 1), date(2026, 8, 31)))
    assert entries
    assert body.decode().count("key:") == len(entries)
    assert hashlib.sha256(body).hexdigest() in done
    # nobody else sees it, and it stands in one's own list
    other = desk("manager")
    assert (other.get(page).status, other.get(f"{page}/file").status) == (404, 404)
    assert page not in other.get("/staff/exports").text
    assert page in browser.get("/staff/exports").text


def test_a_second_one_of_a_kind_leads_to_the_first_and_a_cancelled_one_can_be_asked_again(
    told: Told, desk: AtDesk, files: Path
) -> None:
    browser = desk("manager")
    browser.get("/staff/exports/new?kind=report_csv&first=2026-01-01&last=2026-06-30")
    assert 'value="2026-06-30"' in browser.text
    browser.send("/staff/exports", first="2026-01-01", last="2026-06-30")
    page = browser.to
    browser.get("/staff/exports/new?kind=report_csv").send("/staff/exports")
    assert browser.to == f"{page}?already=1"
    assert "就是这一个" in browser.follow().text
    browser.send(f"{page}/cancel")
    assert "任务已取消" in browser.follow().text
    browser.send(f"{page}/again")
    assert browser.to not in (page, "")
    assert "2026年1月1日 – 2026年6月30日" in worked_on(told, browser).text


def test_a_till_or_a_platform_exports_as_json(told: Told, desk: AtDesk, files: Path) -> None:
    browser = desk("manager")
    headers = {"authorization": f"Bearer {session(browser)}", "content-type": "application/json"}

    def ask(method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        sent = {**headers, "idempotency-key": "export-of-the-year-1"} if body is not None else headers
        with clock.at(told.now_ms), Client(app) as client:
            raw = json.dumps(body or {}).encode() if method == "POST" else b""
            answer = client.http.request(method, f"/api/v1/exports{path}", headers=sent, body=raw)
        found: dict[str, Any] = {"status": answer.status_code, **json.loads(answer.body)}
        return found

    made = ask("POST", "", {"kind": "report_xlsx", "first": "2026-01-01", "last": "2026-12-31"})
    assert (made["status"], made["state"], made["percent"]) == (201, "queued", 0)
    assert ask("POST", "", {"kind": "report_xlsx", "first": "2026-01-01", "last": "2026-12-31"})["id"] == made["id"]
    assert ask("GET", f"/{made['id']}/file")["code"] == "export_not_done"
    with clock.at(told.now_ms):
        assert exporting.run_one(made["id"]) == "done"
    done = ask("GET", f"/{made['id']}")
    assert (done["state"], done["percent"], done["name"]) == ("done", 100, "支出明细报告_20260101-20261231.xlsx")
    link = ask("GET", f"/{made['id']}/file")
    assert (link["sha256"], link["bytes"], link["until"]) == (done["sha256"], done["bytes"], told.now_ms + 300_000)
    assert link["address"].startswith("/files/")
    assert made["id"] in [one["id"] for one in ask("GET", "")["items"]]
    assert ask("POST", f"/{made['id']}/cancel", {})["code"] == "export_over"


@pytest.mark.hledger
def test_the_journal_taken_home_passes_a_strict_check_and_has_the_same_balances(
    told: Told, desk: AtDesk, tmp_path: Path
) -> None:
    body, _ = download(told, desk("supervisor"), "/staff/books/journal")
    file = tmp_path / "linli.journal"
    file.write_bytes(body)
    checked = subprocess.run(["hledger", "-f", str(file), "check", "--strict"], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    entries = subprocess.run(["hledger", "-f", str(file), "print", "-O", "json"], capture_output=True, text=True)
    assert len(json.loads(entries.stdout)) == sum(1 for _ in journal.scan_entries())
    read = hledger_balance(file)
    kept: dict[tuple[str, str], int] = {}
    for asset, account in balance():
        kept[(asset, account)] = balance()[(asset, account)]
    assert {name: amount for name, amount in read.items() if not _personal(name[1])} == {
        name: amount for name, amount in kept.items() if not _personal(name[1])
    }
    # wallets and merchants stand one by one in the journal, and together in the trial balance
    assert _together(read) == _together(kept)
    report = json.loads(token(told, desk("manager"), f"/api/v1/reports/disbursements?{PERIOD}"))
    by_people = {
        name: amount
        for (_, name), amount in read.items()
        if name.startswith("expense:") and not name.endswith((":fees", ":redemption", ":cash-difference"))
    }
    assert sum(by_people.values()) == report["total_fen"]


@pytest.mark.hledger
def test_the_check_finds_an_entry_that_was_changed(told: Told, desk: AtDesk, tmp_path: Path) -> None:
    body, _ = download(told, desk("supervisor"), "/staff/books/journal")
    changed = re.sub(rb"(asset:stripe  )\d+\.\d\d", rb"\g<1>1.00", body, count=1)
    assert changed != body
    file = tmp_path / "linli.journal"
    file.write_bytes(changed)
    checked = subprocess.run(["hledger", "-f", str(file), "check", "--strict"], capture_output=True, text=True)
    assert checked.returncode != 0


def hledger_balance(file: Path) -> dict[tuple[str, str], int]:
    """Every account's own sum, in fen or hundredths of a point."""
    done = subprocess.run(
        ["hledger", "-f", str(file), "balance", "--flat", "--no-total", "--layout=bare", "-O", "csv"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = csv.DictReader(io.StringIO(done.stdout))
    return {(line["commodity"], line["account"]): fen(line["balance"]) for line in lines if fen(line["balance"])}


def _personal(account: str) -> bool:
    return account.startswith(("liability:wallet", "liability:merchant", "asset:clawback", "liability:pool"))


def _together(balances: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for (asset, account), amount in balances.items():
        if _personal(account):
            name = (asset, ":".join(account.split(":")[:2]))
            sums[name] = sums.get(name, 0) + amount
    return {name: amount for name, amount in sums.items() if amount}
