"""Export jobs: the file is what the books say, whatever interrupts its making, and nobody else's."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from chalicelib import clock, table
from chalicelib.errors import DomainError, NotAllowed
from chalicelib.fund.model.spending import SpendingLine
from chalicelib.fund.store.disbursements import SpendingItem, spending_writes
from chalicelib.identity import service as identity
from chalicelib.identity.model.faults import TokenExpired, TokenForged
from chalicelib.identity.service import Actor, Role
from chalicelib.ledger.store import journal, totals
from chalicelib.ledger.store.journal import EntryItem
from chalicelib.ledger.store.totals import TotalsItem
from chalicelib.reports.model import exports as model
from chalicelib.reports.model.disbursement_report import Filter, ReportHead, ReportRow
from chalicelib.reports.model.exports import Job
from chalicelib.reports.model.faults import (
    ExportBusy,
    ExportFileGone,
    ExportKindUnknown,
    ExportNotDone,
    ExportOpen,
    ExportOver,
    ExportSentDifferently,
    ExportsTooMany,
    ExportUnknown,
    FilesUnavailable,
    PeriodInvalid,
    WorkbookFull,
)
from chalicelib.reports.model.period import Period
from chalicelib.reports.routes import books as book_routes
from chalicelib.reports.routes import disbursements as routes
from chalicelib.reports.service import disbursements, export_runs, exports
from chalicelib.reports.service.export_runs import Content, Progress
from chalicelib.reports.store import exports as store
from chalicelib.reports.views.csv_file import csv_report
from chalicelib.reports.views.workbook import ROWS_MAX, xlsx_pieces
from chalicelib.web import pages
from chalicelib.web.http import Download, Page, Redirect, Request
from tests.journeys.verified import verified
from tests.store.fund import spending as fund
from tests.store.fund.people import NOW, RESIDENT
from tests.store.reports.exporting import DAY_MS, WHOLE, asked, fetched, files_in, granted, run, time_left, written
from tests.store.reports.spent import report, story

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with files_in(tmp_path / "files") as made:
        yield made


@pytest.fixture
def manager(tables: object, folder: Path) -> Actor:
    """李会计, with seven bank lines behind her."""
    return granted(story()[0], Role.FUND_MANAGER, "fund:main")


@pytest.fixture
def office(tables: object, folder: Path) -> tuple[Actor, Actor]:
    """Two people who may read the books, without any spending: for what is asked about jobs alone."""
    from tests.store.reports.spent import street

    manager, other = street()
    with clock.at(NOW):
        fund.open_fund()
    return granted(manager, Role.FUND_MANAGER, "fund:main"), granted(other, Role.SUPERVISOR, "street")


def job(actor: Actor, one: Job) -> Job:
    return exports.job(actor, one.id)


# --- what is in the file -----------------------------------------------------------------------


def test_the_csv_of_a_job_is_the_report_and_its_hash_is_told(manager: Actor, folder: Path) -> None:
    one = asked(manager, "report_csv", **WHOLE)
    assert (one.state, one.by) == ("queued", manager.member_id)
    assert run(one) == "done"
    done = job(manager, one)
    body = fetched(manager, one.id)
    assert (done.bytes, done.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert (done.rows, done.percent(), done.name) == (7, 100, "支出明细报告_20260101-20261231.csv")
    found = report(manager, date(2026, 1, 1), date(2026, 12, 31))
    names = {one.slug: one.name_zh for one in disbursements.setup.categories.CATEGORIES}
    expected = b"".join(csv_report(found.head, found.rows(), names)).decode().splitlines()
    got = body.decode().splitlines()
    assert [line for line in got if "制表时间" not in line] == [line for line in expected if "制表时间" not in line]
    assert "与账簿核对一致" in body.decode()
    assert len(written(folder)) == 1


def test_a_filter_and_the_booked_dates_reach_the_file(manager: Actor) -> None:
    one = asked(manager, "report_csv", first="2026-11-01", last="2026-11-22", basis="booked", category="hardship")
    run(one)
    rows = list(csv.reader(io.StringIO(fetched(manager, one.id).decode("utf-8-sig"), newline="")))
    head = next(number for number, row in enumerate(rows) if row[:1] == ["付款日期"])
    foot = next(number for number, row in enumerate(rows) if row[:1] == ["合计"])
    assert [row[0] for row in rows[head + 1 : foot]] == ["2026-09-30", "2026-11-05"]
    assert job(manager, one).percent() == 100


def test_the_workbook_of_a_job_opens_and_sums_to_the_same(manager: Actor) -> None:
    one = asked(manager, "report_xlsx", **WHOLE)
    assert run(one) == "done"
    sheet = openpyxl.load_workbook(io.BytesIO(fetched(manager, one.id)), data_only=True)["支出明细"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    total = next(row for row in cells if row[0] == "合计")
    assert round(total[6] * 100) == 233_347 == report(manager, date(2026, 1, 1), date(2026, 12, 31)).head.ledger_fen


@pytest.mark.hledger
def test_the_journal_of_a_job_passes_a_strict_check_and_equals_the_trial_balance(
    manager: Actor, tmp_path: Path
) -> None:
    one = asked(manager, "journal")
    assert run(one) == "done"
    file = tmp_path / "a.journal"
    file.write_bytes(fetched(manager, one.id))
    checked = subprocess.run(["hledger", "-f", str(file), "check", "--strict"], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    command = ["hledger", "-f", str(file), "balance", "--flat", "-N", "--no-elide", "-O", "csv"]
    lines = csv.DictReader(io.StringIO(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    read = {line["account"]: line["balance"] for line in lines}
    kept = {account: fen for (_, account), fen in totals.trial_balance().items()}
    assert {account: round(float(text.split()[0]) * 100) for account, text in read.items()} == kept
    assert job(manager, one).rows == sum(1 for _ in journal.scan_entries())


def test_a_journal_of_some_days_holds_what_was_booked_on_them(manager: Actor) -> None:
    one = asked(manager, "journal", first="2026-11-02", last="2026-11-05")
    run(one)
    text = fetched(manager, one.id).decode()
    assert text.count("key:pay:") == 2
    assert "key:opening" not in text
    assert job(manager, one).name == "账簿_20261102-20261105.journal"


def test_a_verification_says_what_it_found(manager: Actor) -> None:
    one = asked(manager, "verification")
    assert run(one, now_ms=NOW) == "done"
    assert (job(manager, one).findings, "发现 0 处不一致" in fetched(manager, one.id).decode()) == (0, True)
    # somebody with the keys to the table takes an entry away
    next(item for item in EntryItem.scan() if '"pay:' in item.body).delete()
    other = asked(manager, "verification", "again")
    assert run(other, now_ms=NOW) == "done"
    found = job(manager, other)
    assert found.findings == len(found.notes) > 0
    assert any(note.startswith("fact_has_entry") for note in found.notes)
    assert f"发现 {found.findings} 处不一致" in fetched(manager, other.id).decode()


def test_who_exported_what_stands_in_the_log(manager: Actor) -> None:
    one = asked(manager, "report_csv", first="2026-01-01", last="2026-06-30", pot="relief")
    admin = identity.actor_for(identity.administrators(NOW)[0].id, NOW)
    notes, _ = identity.notes_about(admin, one.id)
    assert [(note.by, note.what, note.detail) for note in notes] == [
        (manager.member_id, "export_report_csv", "basis=value first=2026-01-01 last=2026-06-30 pot=relief")
    ]


def test_a_job_changes_nothing_in_the_books(manager: Actor) -> None:
    for kind in model.KINDS:
        run(asked(manager, kind, "books", **WHOLE))
    verified(NOW)


# --- asking ------------------------------------------------------------------------------------


def test_the_same_form_gets_the_same_job_and_another_content_is_refused(office: tuple[Actor, Actor]) -> None:
    manager, other = office
    one = asked(manager, "journal", first="2026-01-01")
    assert asked(manager, "journal", first="2026-01-01", now_ms=NOW + 5).id == one.id
    for who, kind, chosen in (
        (manager, "journal", {"first": "2026-02-01"}),
        (manager, "verification", {}),
        (other, "journal", {"first": "2026-01-01"}),
    ):
        with pytest.raises(ExportSentDifferently):
            exports.ask(who, exports.kind_of(kind), chosen, submission=one.id, now_ms=NOW)
    run(one)
    assert asked(manager, "journal", first="2026-01-01", now_ms=NOW + DAY_MS).state == "done"


def test_one_of_a_kind_at_a_time_and_so_many_a_day(office: tuple[Actor, Actor]) -> None:
    manager, other = office
    first = asked(manager, "journal")
    with pytest.raises(ExportOpen) as open_:
        asked(manager, "journal", "second")
    assert open_.value.fields == {"export": first.id}
    assert asked(other, "journal", "of another").id != first.id
    assert asked(manager, "verification").id != first.id
    exports.cancel(manager, first.id, NOW)
    for number in range(model.A_DAY_MAX - 1):
        exports.cancel(manager, asked(manager, "journal", str(number)).id, NOW)
    with pytest.raises(ExportsTooMany):
        asked(manager, "journal", "too many")
    assert asked(manager, "journal", "tomorrow", now_ms=NOW + DAY_MS).state == "queued"


def test_what_cannot_be_exported_is_refused_before_anything_is_written(office: tuple[Actor, Actor]) -> None:
    manager, _ = office
    refused = [
        ("report_csv", {"first": "2026-02-30"}, "period_invalid"),
        ("report_csv", {"first": "2010-01-01"}, "period_too_long"),
        ("report_csv", {"basis": "paid"}, "basis_unknown"),
        ("report_xlsx", {"pot": "nowhere"}, "fund_pot_unknown"),
        ("report_xlsx", {"category": "<b>"}, "fund_category_unknown"),
        ("report_csv", {"care_action": "甲" * 99}, "care_action_unknown"),
        ("journal", {"first": "2026-05-01", "last": "2026-04-30"}, "period_invalid"),
        ("journal", {"first": "1700-01-01"}, "period_invalid"),
        ("journal", {"last": "今天"}, "period_invalid"),
    ]
    for kind, chosen, code in refused:
        with pytest.raises(DomainError) as wrong:
            asked(manager, kind, **chosen)
        assert wrong.value.code == code, (kind, chosen)
    with pytest.raises(ExportKindUnknown):
        exports.kind_of("everything")
    assert exports.jobs(manager) == ([], "")
    with pytest.raises(PeriodInvalid):
        asked(manager, "journal", first="2101-01-01")


def test_nobody_else_sees_a_job_and_only_who_may_asks(office: tuple[Actor, Actor]) -> None:
    manager, supervisor = office
    one = asked(manager, "journal")
    run(one)
    for attempt in (
        lambda: exports.job(supervisor, one.id),
        lambda: exports.link(supervisor, one.id, "attachment", NOW),
        lambda: exports.cancel(supervisor, one.id, NOW),
        lambda: exports.ask_again(supervisor, one.id, submission=fund.submission("mine"), now_ms=NOW),
        lambda: exports.job(manager, fund.submission("nothing")),
        lambda: exports.job(manager, "甲" * 5000),
    ):
        with pytest.raises(ExportUnknown):
            attempt()
    assert [found.id for found in exports.jobs(manager)[0]] == [one.id]
    assert exports.jobs(supervisor)[0] == []
    for kind in model.KINDS:
        with pytest.raises(NotAllowed):
            asked(RESIDENT, kind)
    assert exports.kinds_for(RESIDENT) == []
    assert exports.kinds_for(manager) == list(model.KINDS)


def test_whoever_loses_the_right_gets_no_file(office: tuple[Actor, Actor]) -> None:
    manager, _ = office
    done, waiting = asked(manager, "journal"), asked(manager, "report_csv", **WHOLE)
    run(done)
    admin = identity.actor_for(identity.administrators(NOW)[0].id, NOW)
    grant = manager.grants[0]
    identity.revoke_grant(admin, manager.member_id, grant.id, reason="调离岗位", now_ms=NOW)
    assert run(waiting) == "failed"
    found = store.job(waiting.id)
    assert found is not None
    assert found.why == "not_allowed"
    without = identity.actor_for(manager.member_id, NOW)
    with pytest.raises(NotAllowed):
        exports.link(without, done.id, "attachment", NOW)


# --- the link ----------------------------------------------------------------------------------


def test_a_link_holds_for_five_minutes_and_for_its_file_alone(office: tuple[Actor, Actor]) -> None:
    manager, _ = office
    one = asked(manager, "journal")
    with pytest.raises(ExportNotDone):
        exports.link(manager, one.id, "attachment", NOW)
    run(one)
    _, address, until = exports.link(manager, one.id, "attachment", NOW)
    token = address.removeprefix("/files/")
    assert until == NOW + 5 * 60_000
    assert exports.local_file(token, until - 1).path.is_file()
    with pytest.raises(TokenExpired):
        exports.local_file(token, until)
    for wrong in (identity.sign_token("card", one.id, until), token[:-3] + "AAA"):
        with pytest.raises(TokenForged):
            exports.local_file(wrong, NOW)
    nothing = fund.submission("nothing")
    with pytest.raises(ExportUnknown):
        exports.local_file(identity.sign_token("file", nothing, until), NOW)


def test_a_file_is_kept_for_a_week_and_made_again_on_demand(office: tuple[Actor, Actor], folder: Path) -> None:
    manager, _ = office
    one = asked(manager, "journal")
    run(one)
    later = NOW + 8 * DAY_MS
    with pytest.raises(ExportFileGone):
        exports.link(manager, one.id, "attachment", later)
    again = exports.ask_again(manager, one.id, submission=fund.submission("again"), now_ms=later)
    assert (again.state, again.kind) == ("queued", "journal")
    assert again.id != one.id
    assert exports.clear_files() == 0, "a new file stays"
    _, address, _ = exports.link(manager, one.id, "attachment", NOW + 5000)
    written(folder)[0].unlink()
    with pytest.raises(ExportFileGone):
        exports.local_file(address.removeprefix("/files/"), NOW + 5000)


# --- interruptions -----------------------------------------------------------------------------


def lines(progress: Progress, number: int = 300) -> Iterator[bytes]:
    for at in range(number):
        yield f"{at}\n".encode()
        progress.row(at)


def content(pieces: Iterator[bytes]) -> Content:
    return Content("a.txt", "text/plain", pieces)


def test_a_second_delivery_makes_no_second_file(office: tuple[Actor, Actor], folder: Path) -> None:
    manager, _ = office
    one = asked(manager, "journal")
    assert [run(one), run(one), run(one, now_ms=NOW + DAY_MS)] == ["done", "done", "done"]
    assert len(written(folder)) == 1
    assert job(manager, one).attempt == 1


def test_a_run_that_is_alive_is_left_alone_and_a_dead_one_is_taken_up(
    office: tuple[Actor, Actor], folder: Path
) -> None:
    """The first run hangs in the middle; the second finds its lease over and finishes; the first comes back to life."""
    manager, _ = office
    one = asked(manager, "journal")
    later = NOW + model.LEASE_MS + 1

    def hangs(of: Job, progress: Progress) -> Content:
        def pieces() -> Iterator[bytes]:
            yield from lines(progress)
            with pytest.raises(ExportBusy):
                run(one, now_ms=NOW + 1000)
            assert run(one, now_ms=later) == "done"
            yield b"too late"

        return content(pieces())

    state = export_runs.run(one.id, hangs, now=lambda: NOW, left_ms=lambda: 1e9)
    done = job(manager, one)
    assert (state, done.state, done.attempt) == ("done", "done", 2)
    body = fetched(manager, one.id)
    assert hashlib.sha256(body).hexdigest() == done.sha256
    assert b"too late" not in body
    assert len(written(folder)) == 1


def test_a_job_cancelled_in_the_middle_leaves_nothing(office: tuple[Actor, Actor], folder: Path) -> None:
    manager, _ = office
    one = asked(manager, "journal")

    def cancelled(of: Job, progress: Progress) -> Content:
        def pieces() -> Iterator[bytes]:
            yield from lines(progress)
            exports.cancel(manager, one.id, NOW)
            yield from lines(progress)

        return content(pieces())

    assert export_runs.run(one.id, cancelled, now=lambda: NOW, left_ms=lambda: 1e9) == "cancelled"
    assert written(folder) == []
    assert exports.cancel(manager, one.id, NOW).state == "cancelled", "twice is once"
    assert run(one) == "cancelled"
    done = asked(manager, "journal", "next")
    run(done)
    with pytest.raises(ExportOver):
        exports.cancel(manager, done.id, NOW)


def test_a_run_whose_time_is_up_stops_cleanly_and_says_so(office: tuple[Actor, Actor], folder: Path) -> None:
    manager, _ = office
    one = asked(manager, "journal")

    def long(of: Job, progress: Progress) -> Content:
        return content(lines(progress, 100_000))

    state = export_runs.run(one.id, long, now=lambda: NOW, left_ms=time_left(900_000, 300_000, 59_000))
    found = job(manager, one)
    assert (state, found.state, found.why) == ("failed", "failed", "export_out_of_time")
    assert written(folder) == []
    assert run(one) == "failed", "it does not begin again by itself"


def test_a_store_that_does_not_answer_is_tried_again_and_after_three_times_it_failed(
    office: tuple[Actor, Actor], folder: Path
) -> None:
    manager, _ = office
    one = asked(manager, "journal")
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    for _ in range(model.ATTEMPTS_MAX - 1):
        with pytest.raises(FilesUnavailable):
            run(one)
        assert job(manager, one).state == "queued"
    assert run(one) == "failed"
    assert job(manager, one).why == "files_unavailable"
    folder.unlink()
    again = exports.ask_again(manager, one.id, submission=fund.submission("again"), now_ms=NOW)
    assert run(again) == "done"


def test_a_process_that_dies_again_and_again_ends_the_job(office: tuple[Actor, Actor]) -> None:
    manager, _ = office
    one = asked(manager, "journal")

    class Killed(BaseException):
        """As if the process ended here: nothing after it is written down."""

    def dies(of: Job, progress: Progress) -> Content:
        raise Killed()

    for number in range(model.ATTEMPTS_MAX):
        with pytest.raises(Killed):
            export_runs.run(one.id, dies, now=lambda at=NOW + number * 2 * model.LEASE_MS: at, left_ms=lambda: 1e9)
        assert job(manager, one).state == "running"
    assert run(one, now_ms=NOW + DAY_MS // 12) == "failed"
    assert job(manager, one).why == "export_interrupted"


def test_what_nobody_foresaw_fails_the_job_and_is_raised_for_the_log(office: tuple[Actor, Actor], folder: Path) -> None:
    manager, _ = office
    one = asked(manager, "journal")

    def broken(of: Job, progress: Progress) -> Content:
        def pieces() -> Iterator[bytes]:
            yield b"x"
            raise ZeroDivisionError("somebody's name")

        return content(pieces())

    with pytest.raises(ZeroDivisionError):
        export_runs.run(one.id, broken, now=lambda: NOW, left_ms=lambda: 1e9)
    found = job(manager, one)
    assert (found.state, found.why, dict(found.fields)) == ("failed", "export_broken", {})
    assert "somebody" not in json.dumps(found.notes)
    assert written(folder) == []


def test_a_job_that_nobody_takes_up_counts_as_failed_and_makes_way(office: tuple[Actor, Actor]) -> None:
    manager, _ = office
    one = asked(manager, "journal")
    later = NOW + model.STALLED_MS + 1
    assert job(manager, one).state_at(later - 2) == "queued"
    assert job(manager, one).state_at(later) == "failed"
    again = exports.ask_again(manager, one.id, submission=fund.submission("again"), now_ms=later)
    assert again.id != one.id
    with pytest.raises(ExportOver):
        exports.cancel(manager, one.id, later)


def test_progress_only_grows_and_is_written_down_now_and_then(office: tuple[Actor, Actor]) -> None:
    manager, _ = office
    one = asked(manager, "journal")
    seen: Counter[int] = Counter()

    def watched(of: Job, progress: Progress) -> Content:
        progress.total = 300

        def pieces() -> Iterator[bytes]:
            for at, piece in enumerate(lines(progress)):
                if at % 100 == 99:
                    progress.beat()
                    seen[job(manager, one).percent()] += 1
                yield piece

        return content(pieces())

    assert export_runs.run(one.id, watched, now=lambda: NOW, left_ms=lambda: 1e9) == "done"
    assert list(seen) == [32, 66, 99]
    assert job(manager, one).percent() == 100
    assert [found.id for found in exports.open_jobs()] == []


# --- size --------------------------------------------------------------------------------------


def payments(number: int, start: int = 0) -> None:
    """So many lines of one month, put there in batches as the service writes each."""
    with SpendingItem.batch_write() as batch:
        for at in range(start, number):
            line = SpendingLine(
                disbursement_id=f"01KA{at:022d}", attempt=1, what="paid", day=date(2026, 10, 1 + at * 30 // number),
                amount_fen=100, fund_id="main", pot_id="relief", category="elders", care_action_id="",
                care_action_title="", purpose="大米二十袋", payee="惠民超市", account_masked="**** 6688",
                bank_account_id="basic", serial=f"B{at:012d}", entry_key=f"pay:{at}:1",
            )  # fmt: skip
            (write,) = spending_writes(line)
            batch.save(write.item)


def test_three_times_the_rows_take_no_more_memory(office: tuple[Actor, Actor]) -> None:
    manager, _ = office
    peaks: dict[str, list[int]] = {"report_csv": [], "report_xlsx": []}
    for number, start in ((4_000, 0), (12_000, 4_000)):
        payments(number, start)
        for kind, seen in peaks.items():
            one = asked(manager, kind, str(number), first="2026-10-01", last="2026-10-31")
            tracemalloc.start()
            assert run(one) == "done"
            seen.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert job(manager, one).rows == number
    too_large_for_one_answer(manager)
    for small, large in peaks.values():
        # at the most two pages of the database are held, of 1 MB each, and one piece of the file
        assert large < small * 1.3, peaks


def too_large_for_one_answer(manager: Actor) -> None:
    """The page offers the job instead of the download, whose address leads there with all that was asked."""
    year = {"first": "2026-01-01", "last": "2026-12-31", "pot": "relief"}
    page = routes.report(seen(manager, year))
    assert isinstance(page, Page)
    assert page.data["large"]
    assert 'name="kind" value="report_xlsx"' in pages.render(seen(manager, year), page.template, page.data)
    for handler, kind in ((routes.as_csv, "report_csv"), (routes.as_xlsx, "report_xlsx")):
        led = handler(seen(manager, year))
        assert isinstance(led, Redirect)
        assert (led.to, led.query) == ("/staff/exports/new", {"kind": kind, "large": "1", **year})
    few = seen(manager, {"first": "2026-10-01", "last": "2026-10-02"})
    assert isinstance(routes.as_csv(few), Download)
    assert not routes.report(few).data["large"]  # type: ignore[union-attr]


def seen(actor: Actor, query: dict[str, str]) -> Request:
    return Request(method="GET", path="/", route="/", query=query, now_ms=NOW, actor=actor, browser_id="A" * 22)


def test_a_journal_that_has_grown_is_no_longer_handed_out_at_once(office: tuple[Actor, Actor]) -> None:
    manager, _ = office
    assert isinstance(book_routes.journal(seen(manager, {})), Download)
    assert not exports.journal_is_large()
    # As if many more had been booked: the count alone decides, so that nothing has to be read to know.
    item = next(item for item in TotalsItem.scan() if item.pk.startswith("T#pot:relief"))
    grown = TotalsItem.entry_count.add(exports.JOURNAL_ENTRIES_AT_ONCE)
    table.commit([table.update(item, [grown], TotalsItem.entry_count >= 1)])
    led = book_routes.journal(seen(manager, {}))
    assert isinstance(led, Redirect)
    assert (led.to, led.query) == ("/staff/exports/new", {"kind": "journal", "large": "1"})


def test_more_rows_than_a_sheet_holds_are_told_before_they_are_lost() -> None:
    def rows() -> Iterator[ReportRow]:
        while True:
            yield ROW

    head = ReportHead("", Period(date(2026, 1, 1), date(2026, 1, 2)), Filter(), "", "", "", NOW, 0, 0)
    with pytest.raises(WorkbookFull) as full:
        for _ in xlsx_pieces(head, rows(), {}, rows_max=50):
            pass
    assert full.value.fields == {"rows_max": 50}
    assert ROWS_MAX < 1_048_576 - 20, "room for the head and the sums"


ROW = ReportRow(
    date(2026, 1, 1), "p", "池", "c", "", "", "惠民超市", "大米", 100, "基本户", "B1", "李", "王", 0, False
)  # fmt: skip
