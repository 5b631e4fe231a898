"""`make undeploy STAGE=dev`: takes away what runs and leaves what is kept. `make deploy` puts it back."""

from __future__ import annotations

import argparse
import sys

from infra.stage import account as accounts
from infra.stage.account import Account
from infra.stage.deploy import STAGES, Wanted, stripe_of
from infra.stage.stacks import DeployFailed


def undeploy(account: Account, wanted: Wanted) -> None:
    """Stripe is told first, as there will be nobody to listen. Raises DeployFailed; again is safe."""
    stacks, app, data = account.stacks, wanted.app_stack, wanted.data_stack
    if not stacks.state(app):
        account.say(f"{app}: is not there")
    else:
        kinds = sorted({kind for kind, _ in stacks.resources(app).values()})
        account.say(f"{app} goes: {len(stacks.resources(app))} resources ({', '.join(kinds)})")
        if not account.person.agrees(f"Take {app} away in account {account.who}, {account.region}?"):
            raise DeployFailed("Stopped as you said; nothing was changed.")
        if stacks.state(data):
            _tell_stripe(account, wanted)
        stacks.remove(app)
    if stacks.state(data):
        account.say(f"\n{data} stays, with everything that is kept:")
        for name, value in sorted(stacks.outputs(data).items()):
            if not name.endswith("Arn") or name.endswith("SecretArn"):
                account.say(f"  {name:<20} {value}")
        account.say(
            f"`make deploy STAGE={wanted.stage}` puts the rest back. What is kept costs little while nobody asks.\n"
            "Removing the data for good is done by hand, one by one: docs/OPERATIONS.md."
        )


def _tell_stripe(account: Account, wanted: Wanted) -> None:
    """A key that no longer opens must not keep the stage alive."""
    try:
        stripe_of(account, wanted.stage).unregister()
    except DeployFailed as failed:
        account.say(f"note: {failed} Otherwise end the endpoint in Stripe's dashboard: nobody answers it any more.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.stage.undeploy", description=__doc__)
    parser.add_argument("--stage", required=True, choices=STAGES)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    asked = parser.parse_args()

    def work() -> int:
        undeploy(accounts.here(accounts.person(asked.yes)), Wanted(asked.stage))
        return 0

    return accounts.run("undeploy", work)


if __name__ == "__main__":
    sys.exit(main())
