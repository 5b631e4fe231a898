"""What a merchant took in and gave back on each day: counted in the capture's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pynamodb.attributes import NumberAttribute

from chalicelib import table
from chalicelib.merchants.model.tallies import Tally
from chalicelib.merchants.model.vouchers import Return, Voucher
from chalicelib.table import AppItem, Write


class TallyItem(AppItem):
    """``TALLY#<merchant>`` / ``<yyyymmdd>`` of the Shanghai day."""

    captured = NumberAttribute(default=0)
    time_centi = NumberAttribute(default=0)
    medal_centi = NumberAttribute(default=0)
    reimbursement_fen = NumberAttribute(default=0)
    returned_time_centi = NumberAttribute(default=0)
    returned_medal_centi = NumberAttribute(default=0)


def captured_writes(voucher: Voucher, day: date) -> list[Write]:
    """Count a captured voucher. No condition: the first of a day makes the row."""
    points = TallyItem.time_centi if voucher.asset == "TIME" else TallyItem.medal_centi
    actions = [TallyItem.captured.add(1), points.add(voucher.points_centi)]
    if voucher.reimbursement_fen:
        actions.append(TallyItem.reimbursement_fen.add(voucher.reimbursement_fen))
    return [Write("update", _key(voucher.merchant_id, day), actions=tuple(actions))]


def returned_writes(voucher: Voucher, part: Return, day: date) -> list[Write]:
    """Count points that went back, on the day of the return."""
    points = TallyItem.returned_time_centi if voucher.asset == "TIME" else TallyItem.returned_medal_centi
    return [Write("update", _key(voucher.merchant_id, day), actions=(points.add(part.points_centi),))]


def tally(merchant_id: str, first: date, last: date) -> Tally:
    """The sum over Shanghai days, both included; at most a few months."""
    days = TallyItem.sk.between(f"{first:%Y%m%d}", f"{last:%Y%m%d}")
    found = Tally()
    for item in table.query(TallyItem, f"TALLY#{merchant_id}", condition=days, consistent=True):
        found = found + _tally(item)
    return found


def all_tallies() -> Iterator[tuple[str, str, Tally]]:
    """``(merchant, yyyymmdd, tally)``: for verification only."""
    for item in table.scan(TallyItem, TallyItem.pk.startswith("TALLY#")):
        yield item.pk.removeprefix("TALLY#"), item.sk, _tally(item)


def _key(merchant_id: str, day: date) -> TallyItem:
    return TallyItem(pk=f"TALLY#{merchant_id}", sk=f"{day:%Y%m%d}")


def _tally(item: TallyItem) -> Tally:
    return Tally(
        captured=int(item.captured),
        time_centi=int(item.time_centi),
        medal_centi=int(item.medal_centi),
        reimbursement_fen=int(item.reimbursement_fen),
        returned_time_centi=int(item.returned_time_centi),
        returned_medal_centi=int(item.returned_medal_centi),
    )
