"""`make verify STAGE=prod`: do the books of a stage hold? Reads its tables with the credentials of the environment.

The same as runs by night, on this machine: for books that are too large for one run of a function, or now. Nothing is
written; a difference is only told when it is the very same in three readings, so people may go on working.
"""

from __future__ import annotations

import argparse
import sys

from infra.stage import account as accounts
from infra.stage.account import Account, environment
from infra.stage.deploy import STAGES
from infra.stage.rotate import settings_of


def verify(account: Account, stage: str) -> int:
    """Says every finding; returns how many there are. Raises DeployFailed where there is no such stage."""
    with environment(settings_of(account, stage)):
        from chalicelib import clock
        from chalicelib.reports.service import verify_books

        read = 0

        def seen(number: int) -> None:
            nonlocal read
            read = number

        findings = verify_books(clock.now_ms(), seen=seen)
    for one in findings:
        account.say(f"{one.check}  {one.about}  {one.detail}")
    account.say(f"{stage}: {read} entries, {len(findings) or 'no'} findings")
    return len(findings)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.stage.verify", description=__doc__)
    parser.add_argument("--stage", required=True, choices=STAGES)
    asked = parser.parse_args()
    return accounts.run("verify", lambda: min(verify(accounts.here(accounts.person(False)), asked.stage), 1))


if __name__ == "__main__":
    sys.exit(main())
