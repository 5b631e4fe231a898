"""What may be done with service and points: one function per use case. Other folders import from here."""

from __future__ import annotations

from chalicelib.points.codes import Shown
from chalicelib.points.model import faults
from chalicelib.points.model.activities import Activity, Draft
from chalicelib.points.model.assessments import Assessment
from chalicelib.points.model.checkins import CheckIn
from chalicelib.points.model.my_points import MyPoints, Record
from chalicelib.points.model.rule_sheets import Grade, Level, RuleLine, RuleSheet
from chalicelib.points.service.my_points import member_community

__all__ = [
    "Activity",
    "Assessment",
    "CheckIn",
    "Draft",
    "Grade",
    "Level",
    "MyPoints",
    "Record",
    "RuleLine",
    "RuleSheet",
    "Shown",
    "faults",
    "member_community",
]
