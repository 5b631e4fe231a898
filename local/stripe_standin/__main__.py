"""python -m local.stripe_standin --port 12111 --db data/stripe.db --webhook-url …"""

from __future__ import annotations

import argparse
import signal
import threading

from local.stripe_standin import StripeStandIn


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.stripe_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=12111, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--db", default=None, help="SQLite file; in memory without it")
    parser.add_argument("--webhook-url", default=None)
    parser.add_argument("--webhook-secret", default="whsec_standin")
    parser.add_argument("--public-url", default=None, help="address written into links to pages")
    given = parser.parse_args()
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    with StripeStandIn(
        given.port,
        given.db,
        given.webhook_url,
        given.webhook_secret,
        host=given.host,
        public_url=given.public_url,
    ) as standin:
        print(f"Stripe stand-in: {standin.url}  control: {standin.url}/_control", flush=True)
        stopping.wait()


if __name__ == "__main__":
    main()
