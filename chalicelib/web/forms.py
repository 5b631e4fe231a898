"""Typed input: a submitted form or a JSON body into a msgspec Struct, or what is wrong with it.

One Struct serves both: the annotated types below say how a form's text is read, while JSON brings
the value itself. Example::

    class GiveForm(FormBody):
        amount_fen: Fen                      # form: "12.50" yuan; JSON: 1250
        donor_name: Line = ""
        publish_name: bool = False           # a checkbox
        message: Note = ""

The form field has the Struct field's name. A field without a default must be filled in. Names
beginning with ``_`` are ours (token, next) and skipped; other unknown names are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from chalicelib.errors import DomainError, Invalid
from chalicelib.web import amounts
from chalicelib.web.errors import sentence_for
from chalicelib.web.faults import Malformed, UnknownField, UnsupportedMedia
from chalicelib.web.mistakes import Missing, UnknownChoice, from_message
from chalicelib.web.request import Request
from chalicelib.web.text import clean_line, clean_note, plain_digits

T = TypeVar("T", bound=Struct)


class FormBody(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Base of every input model: unknown fields are refused, values do not change."""


Fen = Annotated[int, Meta(ge=1, le=amounts.FEN_MAX, extra={"form": "yuan"})]
Centi = Annotated[int, Meta(ge=1, le=amounts.CENTI_MAX, extra={"form": "centi"})]
Day = Annotated[date, Meta(extra={"form": "day"})]
Ulid = Annotated[str, Meta(pattern="^[0-7][0-9A-HJKMNP-TV-Z]{25}$", extra={"form": "ulid"})]
Name = Annotated[str, Meta(min_length=1, max_length=40)]
Line = Annotated[str, Meta(max_length=100)]
Note = Annotated[str, Meta(max_length=500, extra={"form": "note"})]
LongNote = Annotated[str, Meta(max_length=5000, extra={"form": "note"})]

_READERS: dict[str, Callable[[str], Any]] = {
    "yuan": amounts.fen_from_yuan,
    "centi": amounts.centi_from_text,
    "day": amounts.day_from_text,
    "ulid": amounts.id_from_text,
}
_TRUE = {"1", "on", "true", "yes", "是"}
_FALSE = {"", "0", "off", "false", "no", "否"}


class FormErrors(Invalid):
    """Some fields are wrong; ``errors`` says which and why. 422."""

    code = "form_errors"

    def __init__(self, errors: Mapping[str, DomainError]) -> None:
        super().__init__(errors={name: error.code for name, error in errors.items()})
        self.errors = dict(errors)

    def sentences(self, lang: str) -> dict[str, str]:
        """Field name → what is wrong with it, in ``lang``."""
        return {name: _one_sentence(error, lang) for name, error in self.errors.items()}

    def details(self, lang: str) -> list[dict[str, str]]:
        """For problem details."""
        return [
            {"field": name, "code": error.code, "detail": _one_sentence(error, lang)}
            for name, error in self.errors.items()
        ]


@dataclass(frozen=True, slots=True)
class FormView:
    """What a template shows in a form: the values typed so far, and what is wrong beside each.

    ``FormView()`` is empty; ``FormView.start(amount_fen="50")`` suggests values;
    ``FormView.of(request, error)`` keeps a submission. ``problem`` stands above the form.
    """

    values: Mapping[str, list[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @classmethod
    def start(cls, **values: str) -> FormView:
        return cls({name: [value] for name, value in values.items()})

    @classmethod
    def of(cls, request: Request, error: DomainError, beside: str = "") -> FormView:
        """The submission as typed. An error other than ``FormErrors`` stands beside the field
        ``beside``, or above the form."""
        values = {name: list(v) for name, v in request.form.items() if not name.startswith("_")}
        if isinstance(error, FormErrors):
            return cls(values, error.sentences(request.lang))
        says = _one_sentence(error, request.lang)
        return cls(values, {beside: says}) if beside else cls(values, {}, says)

    def value(self, name: str, default: str = "") -> str:
        values = self.values.get(name)
        return values[0] if values else default

    def checked(self, name: str, option: str = "1") -> bool:
        return option in self.values.get(name, ())

    def error(self, name: str) -> str:
        return self.errors.get(name, "")


def read_form(request: Request, kind: type[T]) -> T:
    """A submitted form as ``kind``.

    Raises ``FormErrors`` with every wrong field at once, ``UnknownField``, ``UnsupportedMedia``.
    """
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise UnsupportedMedia(content_type=request.headers.get("content-type", "")[:80])
    fields = msgspec.structs.fields(kind)
    known = {one.encode_name for one in fields}
    for name in request.form:
        if name not in known and not name.startswith("_"):
            raise UnknownField(field=name[:80])
    values: dict[str, Any] = {}
    errors: dict[str, DomainError] = {}
    for one in fields:
        try:
            read, value = _field_value(one, request.form.get(one.encode_name, []))
        except DomainError as error:
            errors[one.encode_name] = error
            continue
        if read:
            values[one.name] = value
    if errors:
        raise FormErrors(errors)
    return kind(**values)


def read_json(request: Request, kind: type[T]) -> T:
    """A JSON body as ``kind``; strings come out clean.

    Raises ``UnsupportedMedia``, ``Malformed``, ``UnknownField``, ``FormErrors``.
    """
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise UnsupportedMedia(content_type=content_type[:80])
    try:
        raw = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed() from None
    try:
        return msgspec.convert(_cleaned(raw), kind)
    except msgspec.ValidationError as error:
        raise _json_error(str(error)) from None


def _field_value(one: msgspec.structs.FieldInfo, texts: list[str]) -> tuple[bool, Any]:
    """(True, value), or (False, None) where the default shall stand."""
    required = one.required
    plain = _unwrapped(one.type)
    if plain is bool:
        word = texts[-1].strip().lower() if texts else ""
        if word not in _TRUE | _FALSE:
            raise UnknownChoice()
        return True, word in _TRUE
    if get_origin(plain) in (list, tuple, set, frozenset):
        given = [clean_line(text) for text in texts if text.strip()]
        if not given and required:
            raise Missing()
        return bool(given), _converted(given, one.type) if given else None
    how = _how(one.type)
    typed = (clean_note if how == "note" else clean_line)(texts[0]) if texts else ""
    if not typed:
        if required:
            raise Missing()
        return False, None
    if _takes_int(plain):
        typed = plain_digits(typed)
    if how in _READERS:
        value = _READERS[how](typed)
        return True, _converted(value, one.type)
    return True, _converted(typed, one.type)


def _converted(value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise from_message(str(error), form=True) from None


def _how(kind: Any) -> str:
    """The ``form`` word of an annotated type, also inside ``X | None``."""
    if get_origin(kind) is Annotated:
        for meta in get_args(kind)[1:]:
            if isinstance(meta, Meta) and meta.extra and "form" in meta.extra:
                return str(meta.extra["form"])
        return _how(get_args(kind)[0])
    for inner in get_args(kind):
        word = _how(inner) if inner is not type(None) else ""
        if word:
            return word
    return ""


def _takes_int(kind: Any) -> bool:
    """Whether a whole number is meant, also in ``int | None``."""
    kind = _unwrapped(kind)
    return kind is int or any(_takes_int(inner) for inner in get_args(kind) if inner is not type(None))


def _unwrapped(kind: Any) -> Any:
    return _unwrapped(get_args(kind)[0]) if get_origin(kind) is Annotated else kind


_PATH = re.compile(r" - at `\$\.?(.*?)`$")
_NAMED = re.compile(r"field `([^`]*)`")


def _json_error(message: str) -> DomainError:
    path = _PATH.search(message)
    where = path[1] if path else ""
    named = _NAMED.search(message)
    if named:
        where = f"{where}.{named[1]}" if where else named[1]
    if "unknown field" in message:
        return UnknownField(field=where[:80])
    return FormErrors({where or "body": from_message(message)})


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean_note(value) if "\n" in value else clean_line(value)
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    if isinstance(value, dict):
        return {clean_line(str(name)): _cleaned(inner) for name, inner in value.items()}
    return value


def _one_sentence(error: DomainError, lang: str) -> str:
    says = sentence_for(error.code, error.fields, lang)
    return f"{says.says}{'' if lang == 'zh' else ' '}{says.next}" if says.next else says.says
