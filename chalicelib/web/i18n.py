"""Languages. Source strings are Chinese; English stands in one ``.po`` file per domain.

When packaging, Babel compiles each ``.po`` to ``.mo``; at run time the standard library reads those. In
a checkout without (or with an older) ``.mo`` the ``.po`` itself is read through Babel.
"""

from __future__ import annotations

import gettext
import io
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"


def N_(message: str) -> str:  # noqa: N802  the name that extraction tools look for
    """Marks a string for translation where it is written; it is translated where it is shown."""
    return message


@lru_cache(maxsize=4)
def translations(lang: str) -> gettext.NullTranslations:
    """All domains' translations into ``lang``; Chinese needs none."""
    merged = gettext.NullTranslations()
    if lang == "zh":
        return merged
    folder = LOCALE / lang / "LC_MESSAGES"
    for stem in sorted({path.stem for path in folder.glob("*.?o")}):
        merged = _joined(merged, _catalogue(folder, stem))
    return merged


def translate(lang: str, message: str) -> str:
    """``message`` in ``lang``; the Chinese source where there is no translation."""
    return translations(lang).gettext(message) if message else ""


def _joined(merged: gettext.NullTranslations, more: gettext.GNUTranslations) -> gettext.NullTranslations:
    if type(merged) is not gettext.NullTranslations:
        more.add_fallback(merged)
    return more


def _catalogue(folder: Path, stem: str) -> gettext.GNUTranslations:
    source, compiled = folder / f"{stem}.po", folder / f"{stem}.mo"
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    buffer = io.BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file, locale="en"))
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)
