"""How a point came about, in the sentence that people read. Pure."""

from __future__ import annotations

from chalicelib.ledger.accounts import Asset
from chalicelib.points.model.assessments import Assessment
from chalicelib.points.model.scoring import Score
from chalicelib.web import format as fmt
from chalicelib.web.i18n import N_, translate

ASSET_NAMES: dict[Asset, str] = {"TIME": N_("时间积分"), "MEDAL": N_("爱心奖章积分")}
_SENTENCE = N_(
    "{hours}小时×{factor}×“{grade}”{weight}={points}{asset}(细则第{version}版,{organisation}评价)。"
    "有异议请于{days}日内提出。"
)
_EXACT = N_("按实际 {minutes} 分钟计算,结果四舍五入一次。")
_CAPPED = N_("当日上限 {cap},此前已计 {used},本次计入 {given}。")


def explain(of: Assessment, lang: str) -> list[str]:
    """One sentence for each asset that the rule sheet gives for this service, with what the sentence
    cannot hold behind it: minutes that make no round hours, and the day's cap."""
    return [_sentence(of, score, lang) for score in of.scores if score.rate_centi_per_hour]


def _sentence(of: Assessment, score: Score, lang: str) -> str:
    said = translate(lang, _SENTENCE).format(
        hours=fmt.hours(score.minutes),
        factor=factor(score.rate_centi_per_hour, score.coefficient_milli),
        grade=of.grade_name,
        weight=fmt.milli(score.grade_milli),
        points=fmt.points(score.full_centi),
        asset=translate(lang, ASSET_NAMES[score.asset]),
        version=of.sheet_version,
        organisation=of.organisation,
        days=of.objection_days,
    )
    if score.minutes * 100 % 60:
        said += _more(translate(lang, _EXACT).format(minutes=score.minutes), lang)
    if score.is_capped:
        cap = {
            "cap": fmt.points(score.cap_centi),
            "used": fmt.points(score.used_centi),
            "given": fmt.points(score.awarded_centi),
        }
        said += _more(translate(lang, _CAPPED).format(**cap), lang)
    return said


def factor(rate_centi_per_hour: int, coefficient_milli: int) -> str:
    """Points per hour times coefficient, exactly, with at least two decimals: (100, 1200) → ``1.20``."""
    whole, rest = divmod(rate_centi_per_hour * coefficient_milli, 100_000)
    decimals = f"{rest:05d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals}"


def _more(text: str, lang: str) -> str:
    return text if lang == "zh" else " " + text
