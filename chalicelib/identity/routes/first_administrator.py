"""What the deployment starts once: the first administrator. It has no address; only who may invoke functions may."""

from __future__ import annotations

from typing import Any, TypedDict

from chalice.app import Blueprint

from chalicelib import clock
from chalicelib.errors import Invalid, Refused
from chalicelib.identity.service import administrators, faults
from chalicelib.identity.service import make_first_administrator as make
from chalicelib.web import logs
from chalicelib.web.errors import sentence_for

bp = Blueprint(__name__)


class Answer(TypedDict):
    """``outcome``: ``made``; ``exists``: there is an administrator; ``needed``: there is none, and none was asked
    for; ``refused``, with the code and what to do. Nothing of the person."""

    outcome: str
    code: str
    says: str


@bp.lambda_function()
@logs.function
def make_first_administrator(event: dict[str, Any], context: object) -> Answer:
    """``{"phone": …, "name": …}`` makes the first administrator; without them it only says whether there is one."""
    phone, name = event.get("phone", ""), event.get("name", "")
    now_ms = clock.now_ms()
    try:
        if not phone and not name:
            return Answer(outcome="exists" if administrators(now_ms) else "needed", code="", says="")
        make(str(phone), str(name), now_ms)
    except faults.AdministratorExists as error:
        return Answer(outcome="exists", code=error.code, says="")
    except (Invalid, Refused) as error:
        told = sentence_for(error.code, error.fields, "zh")
        return Answer(outcome="refused", code=error.code, says=f"{told.says}{told.next}")
    return Answer(outcome="made", code="", says="")
