"""Care actions from plan to sign-off, with their disbursements; one waits for an approval."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from chalicelib import clock
from chalicelib.fund.service import care_actions, disbursements, payments
from chalicelib.fund.service.disbursements import NewPayee
from local.demo import story
from local.demo.scene import HOUR_MS, Act, Scene, Step


def steps(scene: Scene) -> Iterator[Step]:
    if scene.stripe is None:
        return
    for number, (title, planned, _, spent, times, state) in enumerate(story.CARE_ACTIONS):
        yield f"计划 {title}", scene.moment(planned, 9, number), _plan(scene, number)
        if state == "planned":
            continue
        yield f"批准 {title}", scene.moment(planned - 1, 9, number), _approve(scene, number)
        for part, (after, *_rest) in enumerate(spent):
            at = scene.moment(planned - after, 10, number)
            yield f"申请 {title} {part + 1}", at, _request(scene, number, part)
            # The newest request waits: somebody who tries the demo is to approve it.
            if state == "signed_off" or part < len(spent) - 1:
                yield f"付款 {title} {part + 1}", at + 30 * HOUR_MS, _pay(scene, number, part)
        if state == "signed_off":
            yield f"完成 {title}", scene.moment(planned - 25, 16, number), _sign_off(scene, number, times)


def _plan(scene: Scene, number: int) -> Act:
    title, planned, budget, *_ = story.CARE_ACTIONS[number]

    def act(now_ms: int) -> None:
        made = care_actions.plan(
            scene.by("manager", now_ms),
            title=title,
            plan_text=f"{title}:由社区网格摸底名单,志愿者入户,社会组织承办,受助人以代号记录。",
            starts_on=scene.day(planned),
            ends_on=scene.day(planned) + timedelta(days=30),
            budget=dict(budget),
            submission=scene.submission(f"care-{number}", now_ms),
            now_ms=now_ms,
        )
        scene.care_actions[number] = made.id

    return act


def _approve(scene: Scene, number: int) -> Act:
    def act(now_ms: int) -> None:
        care_actions.approve_plan(scene.by("approver", now_ms), scene.care_actions[number], now_ms=now_ms)
        care_actions.start(scene.by("manager", now_ms), scene.care_actions[number], now_ms=now_ms)

    return act


def _request(scene: Scene, number: int, part: int) -> Act:
    _, category, fen, kind, payee, purpose = story.CARE_ACTIONS[number][3][part]

    def act(now_ms: int) -> None:
        asked = disbursements.request(
            scene.by("manager", now_ms),
            pot_id="general",
            category=category,
            amount_fen=fen,
            purpose=purpose,
            payee=NewPayee(kind=kind, name=payee, bank="示范银行", account=f"6222000000{number:02d}{part:02d}"),
            no_relation=True,
            submission=scene.submission(f"pay-{number}-{part}", now_ms),
            now_ms=now_ms,
            care_action_id=scene.care_actions[number],
        )
        scene.disbursements[(number, part)] = asked.id

    return act


def _pay(scene: Scene, number: int, part: int) -> Act:
    def act(now_ms: int) -> None:
        disbursement_id = scene.disbursements[(number, part)]
        before_ms = now_ms - HOUR_MS
        disbursements.approve(
            scene.by("approver", before_ms),
            disbursement_id,
            no_relation=True,
            submission=scene.submission(f"approve-{number}-{part}", before_ms),
            now_ms=before_ms,
        )
        payments.paid(
            scene.by("cashier", now_ms),
            disbursement_id,
            attempt=1,
            paid_on=clock.shanghai_day(now_ms),
            bank_account_id="icbc",
            serial=f"DEMOPAY{number}{part}",
            now_ms=now_ms,
        )

    return act


def _sign_off(scene: Scene, number: int, times: int) -> Act:
    def act(now_ms: int) -> None:
        care_actions.sign_off(
            scene.by("approver", now_ms),
            scene.care_actions[number],
            person_times=times,
            note="名单与签收表已核对",
            now_ms=now_ms,
        )

    return act
