"""Text as people type it: normalised, without what cannot be seen, every real character kept."""

from __future__ import annotations

import re
import unicodedata

# Right-to-left overrides turn "amount 50" into something else on the screen; the others are
# invisible and make two names that look alike differ. U+200D stays: it joins emoji.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]")


def clean_line(text: str) -> str:
    """One line: NFC, control characters gone, runs of white space one space, ends trimmed."""
    return " ".join(_visible(re.sub(r"[\t\r\n\v\f\u2028\u2029\x85]", " ", text)).split())


def clean_note(text: str) -> str:
    """Several lines: as ``clean_line`` for each, at most one empty line between paragraphs."""
    lines = re.split(r"\r\n|[\r\n\v\f\u2028\u2029\x85]", text)
    joined = "\n".join(" ".join(_visible(line).split()) for line in lines)
    return re.sub(r"\n{3,}", "\n\n", joined).strip()


def plain_digits(text: str) -> str:
    """Full-width digits and signs as ASCII, white space gone: ``１２．５０ 元`` → ``12.50元``."""
    return "".join(unicodedata.normalize("NFKC", text).replace("。", ".").split())


def _visible(text: str) -> str:
    normal = unicodedata.normalize("NFC", _HIDDEN.sub("", text))
    return "".join(c for c in normal if c == "\t" or unicodedata.category(c) not in ("Cc", "Cs"))
