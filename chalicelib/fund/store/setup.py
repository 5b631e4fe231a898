"""The fund, its pots and its posters."""

from __future__ import annotations

from chalicelib import table
from chalicelib.errors import Stale
from chalicelib.fund.model.setup import Fund, FundPot, Poster
from chalicelib.table import AppItem, ModelAttribute, Write


class FundItem(AppItem):
    """``FUND#<fund>`` / ``-``."""

    fund = ModelAttribute(Fund)


class PotItem(AppItem):
    """``FUNDPOT#<pot>`` / ``-``. ``by_1``: ``FUNDPOTS#<fund>`` / ``<opened ms>#<pot>``."""

    pot = ModelAttribute(FundPot)


class PosterItem(AppItem):
    """``POSTER#<code>`` / ``-``. ``by_1``: ``POSTERS#<fund>`` / ``<made ms>#<code>``."""

    poster = ModelAttribute(Poster)


POTS_MAX = 200
"""A street has a handful of pots; the page that lists them shows all."""


def fund(fund_id: str) -> Fund | None:
    item = table.get(FundItem, f"FUND#{fund_id}", "-")
    return item.fund if item else None


def fund_writes(after: Fund, read_version: int) -> list[Write]:
    """Replace the fund as it was read; ``read_version`` 0 creates it. ``after.version`` is one higher."""
    item = FundItem(pk=f"FUND#{after.id}", sk="-", fund=after, version=after.version)
    if read_version == 0:
        return [table.create(item, Stale())]
    return [table.replace_version(item, read_version)]


def pot(pot_id: str) -> FundPot | None:
    item = _pot(pot_id)
    return item.pot if item else None


def pots(fund_id: str) -> list[FundPot]:
    """All pots of a fund in order of opening."""
    found = table.query(PotItem, f"FUNDPOTS#{fund_id}", index="by_1", limit=POTS_MAX)
    return [item.pot for item in found]


def new_pot_writes(pot: FundPot) -> list[Write]:
    return [table.create(_pot_item(pot), Stale())]


def pot_writes(after: FundPot) -> list[Write]:
    """Replace a pot's facts as they stand now. Raises Stale where there is none."""
    item = _pot(after.id)
    if item is None:
        raise Stale()
    return [table.replace_version(_pot_item(after), int(item.version))]


def poster(code: str) -> Poster | None:
    item = _poster(code)
    return item.poster if item else None


def posters(fund_id: str, cursor: str = "", limit: int = 20) -> tuple[list[Poster], str]:
    """Newest first. Raises BadCursor."""
    items, after = table.page(PosterItem, f"POSTERS#{fund_id}", index="by_1", limit=limit, cursor=cursor)
    return [item.poster for item in items], after


def new_poster_writes(poster: Poster) -> list[Write]:
    return [table.create(_poster_item(poster), Stale())]


def poster_writes(after: Poster) -> list[Write]:
    """Replace a poster's facts as they stand now. Raises Stale where there is none."""
    item = _poster(after.code)
    if item is None:
        raise Stale()
    return [table.replace_version(_poster_item(after), int(item.version))]


def _pot(pot_id: str) -> PotItem | None:
    return table.get(PotItem, f"FUNDPOT#{pot_id}", "-")


def _pot_item(pot: FundPot) -> PotItem:
    return PotItem(
        pk=f"FUNDPOT#{pot.id}", sk="-", pot=pot, pk_1=f"FUNDPOTS#{pot.fund_id}", sk_1=f"{pot.opened_at:013d}#{pot.id}"
    )


def _poster(code: str) -> PosterItem | None:
    return table.get(PosterItem, f"POSTER#{code}", "-")


def _poster_item(poster: Poster) -> PosterItem:
    return PosterItem(
        pk=f"POSTER#{poster.code}",
        sk="-",
        poster=poster,
        pk_1=f"POSTERS#{poster.fund_id}",
        sk_1=f"{poster.made_at:013d}#{poster.code}",
    )
