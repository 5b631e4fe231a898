"""`make rotate STAGE=dev KEY=signing|data|stripe-webhook|stripe-key`: a new key without anybody noticing.

    signing          sessions' forms, QR codes, cards, links. The new key is made known, and after all processes have
                     read it again, made the present one. What the older ones signed still passes.
    data             phones and sealed texts. As signing; then everything kept is stored again under the new key.
    stripe-webhook   a second webhook endpoint with a secret of its own; the first one ends when all know the second.
    stripe-key       another secret key of Stripe, from STRIPE_SECRET_KEY or typed.

    ARGS=--retire    signing, data: forget the older keys. Of data only when nothing is kept under them any more; of
                     signing after asking, as paper cards printed under them no longer pass.
    ARGS=--at-once   wait seconds between the steps instead of minutes: when a key has leaked

Stopped at any point, the same command goes on from there.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from typing import Final

from chalicelib.cloud import REREAD_NEWER_S, REREAD_S
from infra.stage import account as accounts
from infra.stage import checks
from infra.stage.account import Account, environment
from infra.stage.deploy import STAGES, Wanted, stripe_of
from infra.stage.keys import RingSecret
from infra.stage.stacks import DeployFailed
from infra.stage.stripe_account import KEY_SETTING

RINGS: Final = {"signing": "SigningKeysSecretArn", "data": "DataKeysSecretArn"}
WAIT_S: Final = REREAD_S + 30
"""After so long every process has read a secret again: none uses one for longer, and a call may just be running."""
AT_ONCE_S: Final = REREAD_NEWER_S + 5
"""After so long a process that meets what it cannot read or find may ask for the secret again, and does."""
SHORT_LIVED_S: Final = 3 * 3600
"""One-time codes and what they were asked for are gone after so long; they are not stored again."""


def rotate(account: Account, stage: str, kind: str, *, wait_s: float = WAIT_S) -> None:
    """A new key takes the place of the present one. Raises DeployFailed."""
    if kind == "stripe-webhook":
        _webhook(account, stage, wait_s)
    elif kind == "stripe-key":
        _stripe_key(account, stage)
    else:
        _ring(account, stage, kind, wait_s)


def retire(account: Account, stage: str, kind: str) -> None:
    """Forget the keys older than the present one. Raises DeployFailed while something needs them."""
    secret = _secret(account, stage, kind)
    ring = secret.read()
    if not ring.older:
        account.say(f"{kind}: there is only the present key, {ring.current}")
        return
    names = ", ".join(ring.older)
    if kind == "data":
        _must_be_unused(account, stage, ring.older)
    elif not account.person.agrees(
        f"Paper cards printed, and links and vouchers given out, while {names} signed no longer pass. Retire {names}?"
    ):
        raise DeployFailed("Stopped as you said; nothing was changed.")
    secret.put(ring.without(ring.older))
    account.say(f"{kind}: {names} retired. Within {REREAD_S / 60:.0f} minutes no process knows them any more.")


def rekey(account: Account, stage: str) -> None:
    """Everything that is kept under an older data key, stored again under the present one. Raises DeployFailed."""
    with environment(settings_of(account, stage)):
        from chalicelib.fund.service import rekeying as fund
        from chalicelib.identity.service import rekey_phones

        failed: dict[str, Exception] = {}
        for what, again in (("phones", rekey_phones), ("sealed texts", fund.reseal)):
            made = again()
            failed |= made.failed
            account.say(f"{what} stored under the present key: {made.done}, could not be: {len(made.failed)}")
    if failed:
        lines = "\n".join(f"  {about}: {type(error).__name__}" for about, error in sorted(failed.items())[:20])
        raise DeployFailed(f"These stay under the older key, which therefore has to stay too:\n{lines}")


def _ring(account: Account, stage: str, kind: str, wait_s: float) -> None:
    secret = _secret(account, stage, kind)
    ring = secret.read()
    if kind == "data" and not ring.waiting and ring.older and _in_use(account, stage, ring.older):
        account.say(f"{ring.current} is the present key already; an earlier run had not stored everything under it")
        rekey(account, stage)
        return
    if not ring.waiting:
        ring = ring.with_new()
        secret.put(ring)
        account.say(f"{kind}: {ring.waiting} is added; {ring.current} is still the present key")
    _wait(account, wait_s, f"until every process knows {ring.waiting}")
    ring = secret.read()
    if not ring.waiting:
        raise DeployFailed("Somebody else has changed the secret meanwhile. Look at it before anything else.")
    ring = ring.with_current(ring.waiting)
    secret.put(ring)
    account.say(f"{kind}: {ring.current} is the present key; {', '.join(ring.older)} still passes")
    if kind == "data":
        _wait(account, wait_s, f"until every process stores under {ring.current}")
        rekey(account, stage)
    account.say(f"When the older key is to go: make rotate STAGE={stage} KEY={kind} ARGS=--retire")


def _webhook(account: Account, stage: str, wait_s: float) -> None:
    stripe = stripe_of(account, stage)
    if not stripe.take_key():
        raise DeployFailed(f"There is no Stripe key yet: {KEY_SETTING}=… make deploy STAGE={stage}")
    app = account.stacks.outputs(f"linli-{stage}")
    public = account.stacks.parameters(f"linli-{stage}").get("PublicUrl", "").rstrip("/")
    stripe.renew(public or checks.address(account, app))
    _wait(account, wait_s, "until every process knows the new endpoint's secret; both endpoints tell us meanwhile")
    stripe.retire()


def _stripe_key(account: Account, stage: str) -> None:
    if not os.environ.get(KEY_SETTING):
        os.environ[KEY_SETTING] = account.person.says("Stripe's new secret key", hidden=True)
    if not os.environ[KEY_SETTING] or not stripe_of(account, stage).take_key():
        raise DeployFailed(f"No key was given: {KEY_SETTING}=… make rotate STAGE={stage} KEY=stripe-key")
    account.say(f"Within {WAIT_S / 60:.0f} minutes every process uses it; then end the old key in Stripe's dashboard.")


def _secret(account: Account, stage: str, kind: str) -> RingSecret:
    arn = account.stacks.outputs(Wanted(stage).data_stack)[RINGS[kind]]
    return RingSecret(account.client("secretsmanager"), arn)


def settings_of(account: Account, stage: str) -> dict[str, str]:
    """The settings of the stage's own functions, for a command that works on its tables."""
    given = account.stacks.outputs(Wanted(stage).data_stack) | account.stacks.parameters(Wanted(stage).app_stack)
    return {
        "LINLI_STAGE": stage,
        "LINLI_TABLE_JOURNAL": given["JournalTable"],
        "LINLI_TABLE_BALANCES": given["BalancesTable"],
        "LINLI_TABLE_APP": given["AppTable"],
        "LINLI_SIGNING_KEYS_SECRET": given["SigningKeysSecretArn"],
        "LINLI_DATA_KEYS_SECRET": given["DataKeysSecretArn"],
    }


def _in_use(account: Account, stage: str, names: list[str]) -> Counter[str]:
    with environment(settings_of(account, stage)):
        from chalicelib.fund.service import rekeying as fund
        from chalicelib.identity.service import phone_keys

        used = phone_keys() + fund.seal_keys()
    return Counter({name: used[name] for name in names if used[name]})


def _must_be_unused(account: Account, stage: str, names: list[str]) -> None:
    used = _in_use(account, stage, names)
    if used:
        held = ", ".join(f"{count} under {name}" for name, count in used.items())
        raise DeployFailed(f"Still kept: {held}. Store them again first: make rotate STAGE={stage} KEY=data")
    changed = account.client("secretsmanager").describe_secret(
        SecretId=account.stacks.outputs(Wanted(stage).data_stack)[RINGS["data"]]
    )["LastChangedDate"]
    left = SHORT_LIVED_S - (time.time() - changed.timestamp())
    if left > 0 and not account.person.agrees(
        f"One-time codes on their way may need them for {left / 60:.0f} minutes more. Retire them all the same?"
    ):
        raise DeployFailed("Stopped as you said; nothing was changed.")


def _wait(account: Account, seconds: float, why: str) -> None:
    if seconds > 0:
        account.say(f"waiting {seconds:.0f} s {why} (Ctrl-C: the same command goes on from here)")
        time.sleep(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.stage.rotate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("key", choices=[*RINGS, "stripe-webhook", "stripe-key"])
    parser.add_argument("--stage", required=True, choices=STAGES)
    parser.add_argument("--retire", action="store_true", help="forget the older keys")
    parser.add_argument("--at-once", action="store_true", help=f"wait {AT_ONCE_S:.0f} s between the steps")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    asked = parser.parse_args()
    if asked.retire and asked.key not in RINGS:
        parser.error("--retire is for signing and data")

    def work() -> int:
        account = accounts.here(accounts.person(asked.yes))
        if asked.retire:
            retire(account, asked.stage, asked.key)
        else:
            rotate(account, asked.stage, asked.key, wait_s=AT_ONCE_S if asked.at_once else WAIT_S)
        return 0

    return accounts.run("rotate", work)


if __name__ == "__main__":
    sys.exit(main())
