"""Activities with check-ins, check-outs, a forgotten one, and their assessment."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.points.service import Draft, activities, assessments, attendance, checkins
from local.demo import story
from local.demo.scene import HOUR_MS, Act, Scene, Step

_MINUTE = 60_000


def steps(scene: Scene) -> Iterator[Step]:
    for number, (days, category, name, place, hour, hours, people) in enumerate(story.ACTIVITIES):
        yield (
            f"活动 {name}",
            scene.moment(days + 2, 16),
            _open(scene, f"a{number}", days, category, name, place, hour, hours),
        )
        for place_in_line, (who, late, minutes, grade) in enumerate(people):
            starts = scene.moment(days, hour)
            yield f"签到 {name}", starts + late * _MINUTE + place_in_line * 1000, _arrive(scene, f"a{number}", who)
            yield (
                f"签退 {name}",
                starts + (late + minutes) * _MINUTE + place_in_line * 1000,
                _leave(scene, f"a{number}", who),
            )
            if grade:
                yield (
                    f"评价 {name}",
                    scene.moment(days - 3, 10, place_in_line),
                    _assess(scene, f"a{number}", who, grade),
                )
    days, category, name, place, hour, hours, who_forgot = story.FORGOTTEN
    yield (
        f"活动 {name}",
        scene.moment(days + 2, 17),
        _open(scene, "forgotten", days, category, name, place, hour, hours),
    )
    for place_in_line, who in enumerate(who_forgot):
        yield f"签到 {name}", scene.moment(days, hour, 3 + place_in_line), _arrive(scene, "forgotten", who)
    yield "忘记签退的自动关闭", scene.moment(days, hour + hours + 1), lambda now_ms: _close(now_ms)


def open_today(scene: Scene, now_ms: int) -> None:
    """An activity that runs now, so that whoever tries the demo can scan in: one a day."""
    day_start = now_ms - (now_ms + 8 * HOUR_MS) % (24 * HOUR_MS)
    submission = scene.submission("today", day_start)
    draft = Draft(
        community_id="jinxiu",
        category="elderly",
        name="今日邻里驿站值守",
        place="锦绣社区服务中心",
        content="接待来访老人,代买代办",
        organisation="锦绣社区",
        starts_at=day_start,
        ends_at=day_start + 24 * HOUR_MS,
        capacity=200,
    )
    activities.create(scene.by("coordinator", now_ms), draft, submission=submission, now_ms=max(now_ms, day_start))


def _open(scene: Scene, key: str, days: int, category: str, name: str, place: str, hour: int, hours: int) -> Act:
    def act(now_ms: int) -> None:
        draft = Draft(
            community_id="jinxiu",
            category=category,
            name=name,
            place=place,
            content=f"{name},请提前十分钟到场",
            organisation="锦绣社区",
            starts_at=scene.moment(days, hour),
            ends_at=scene.moment(days, hour) + hours * HOUR_MS,
            capacity=40,
        )
        made = activities.create(
            scene.by("coordinator", now_ms), draft, submission=scene.submission(key, now_ms), now_ms=now_ms
        )
        scene.activities[key] = made.id

    return act


def _arrive(scene: Scene, activity: str, who: str) -> Act:
    def act(now_ms: int) -> None:
        submission = scene.submission(f"in-{activity}-{who}", now_ms)
        made = checkins.check_in(
            scene.members[who], scene.activities[activity], how="code", submission=submission, now_ms=now_ms
        )
        scene.check_ins[(activity, who)] = made.id

    return act


def _leave(scene: Scene, activity: str, who: str) -> Act:
    def act(now_ms: int) -> None:
        submission = scene.submission(f"out-{activity}-{who}", now_ms)
        checkins.check_out(
            scene.members[who], scene.activities[activity], how="code", submission=submission, now_ms=now_ms
        )

    return act


def _assess(scene: Scene, activity: str, who: str, grade: str) -> Act:
    def act(now_ms: int) -> None:
        reason = "提前离岗,未完成任务" if grade == "failed" else ""
        assessments.assess(
            scene.by("assessor", now_ms),
            scene.check_ins[(activity, who)],
            number=1,
            grade=grade,
            reason=reason,
            now_ms=now_ms,
        )

    return act


def _close(now_ms: int) -> None:
    attendance.close_forgotten(now_ms=now_ms)
