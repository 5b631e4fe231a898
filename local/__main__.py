"""What runs on one machine: ``python -m local demo | verify | make-admin``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from local.demo.settings import DemoRefused

DATA = Path(__file__).resolve().parent.parent / "data" / "demo"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that keeps everything (default: data/demo)")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run everything on this machine, with demo data")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--empty", action="store_true", help="without demo data, to set a street up by hand")
    commands.add_parser("verify", help="check the books of the data folder")
    admin = commands.add_parser("make-admin", help="make the first administrator")
    admin.add_argument("phone")
    admin.add_argument("name")
    given = parser.parse_args(arguments)

    # Imported late: the settings of the environment must be in place before the app is.
    from local.demo import run

    try:
        if given.command == "demo":
            return run.demo(given.data, given.port, empty=given.empty)
        if given.command == "verify":
            return run.verify(given.data)
        return run.make_admin(given.data, given.phone, given.name)
    except DemoRefused as refused:
        print(refused, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
