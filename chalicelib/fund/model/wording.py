"""Texts that people type into the fund's papers, as they are kept. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from chalicelib.fund.model.setup_faults import SlugInvalid, TextMissing, TextTooLong

NAME_CHARACTERS_MAX: Final = 60
LINE_CHARACTERS_MAX: Final = 120
NOTE_CHARACTERS_MAX: Final = 500
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{1,31}")


def line(text: str, field: str, characters_max: int = LINE_CHARACTERS_MAX, *, required: bool = True) -> str:
    """One line in NFC without control characters; what looks like HTML stays and is escaped where shown.

    Raises TextMissing(field), TextTooLong(field, characters_max).
    """
    return _checked(" ".join(_visible(text[: characters_max * 20]).split()), text, field, characters_max, required)


def note(text: str, field: str, characters_max: int = NOTE_CHARACTERS_MAX, *, required: bool = True) -> str:
    """Several lines, each as ``line``. Raises TextMissing(field), TextTooLong(field, characters_max)."""
    lines = (" ".join(_visible(one).split()) for one in text[: characters_max * 20].splitlines())
    return _checked("\n".join(lines).strip(), text, field, characters_max, required)


def slug(text: str, field: str) -> str:
    """2 to 32 of a-z, 0-9 and hyphen, starting with a letter: part of an account address for ever.

    Raises SlugInvalid(field).
    """
    plain = text.strip()
    if not _SLUG.fullmatch(plain):
        raise SlugInvalid(field=field)
    return plain


def _checked(clean: str, typed: str, field: str, characters_max: int, required: bool) -> str:
    if len(clean) > characters_max or len(typed) > characters_max * 20:
        raise TextTooLong(field=field, characters_max=characters_max)
    if required and not clean:
        raise TextMissing(field=field)
    return clean


def _visible(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    return "".join(" " if c in "\t\r\n\v\f" else c for c in normal if c in "\t\r\n\v\f" or _shown(c))


def _shown(char: str) -> bool:
    # U+200D joins emoji; the other format characters only make two texts differ that look alike.
    return unicodedata.category(char) not in ("Cc", "Cs", "Cf") or char == "\u200d"
