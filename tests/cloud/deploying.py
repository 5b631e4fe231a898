"""Deploying a stage to the local cloud by the very command that deploys to AWS, pointed at another endpoint."""

from __future__ import annotations

import os
import subprocess
import sys

from local.stripe_standin import StripeStandIn
from tests.cloud.deployed import Deployed
from tests.cloud.local_cloud import ROOT, LocalCloud

STAGE = "dev"
ADMIN_PHONE, ADMIN_NAME = "13900000001", "林晓岚"
STRIPE_KEY = "sk_test_local_cloud"


def deploy(cloud: LocalCloud, stripe: StripeStandIn) -> Deployed:
    """`make deploy STAGE=dev YES=1`, with the stand-in for Stripe."""
    given = {"STRIPE_SECRET_KEY": STRIPE_KEY, "ADMIN_PHONE": ADMIN_PHONE, "ADMIN_NAME": ADMIN_NAME}
    told = command(cloud, "deploy", "--yes", "--set", f"StripeApiBase={stripe.url}", **given)
    assert told.returncode == 0, told.stdout + told.stderr
    assert STRIPE_KEY not in told.stdout + told.stderr
    outputs: dict[str, str] = {}
    for stack in (f"linli-{STAGE}-data", f"linli-{STAGE}"):
        found = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        outputs |= {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}
    return Deployed(cloud, STAGE, outputs, told.stdout)


def command(cloud: LocalCloud, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command of infra/ as somebody with the account's credentials runs it."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LINLI_"))}
    return subprocess.run(
        [sys.executable, "-m", f"infra.stage.{name}", "--stage", STAGE, *arguments],
        cwd=ROOT,
        env={**ours, **cloud.environment, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
