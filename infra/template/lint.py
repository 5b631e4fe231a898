"""`make lint-infra`: cfn-lint and checkov over both stacks, also over what SAM's transform makes of the app's.

Runs on the interpreter of `.venv-checks` (infra/requirements-checks.txt): checkov pins libraries that ours has newer.
Any finding fails. What is suppressed says why, in the templates themselves.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
# One of each kind: all of AWS, China's two, a region without AWS Budgets.
REGIONS = ("us-east-1", "ap-southeast-1", "ap-east-1", "cn-north-1", "cn-northwest-1")
CHECKOV = ("checkov", "--framework", "cloudformation", "--compact", "--quiet", "--skip-download")
# What SAM makes of a type, so that reasons given before the transform hold after it.
MADE_OF = {"AWS::Serverless::Function": "AWS::Lambda::Function", "AWS::Serverless::Api": "AWS::ApiGateway::Stage"}


def transformed(template: dict[str, Any]) -> dict[str, Any]:
    """The template after `AWS::Serverless`, with the suppressions of what it was made of."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGIONS[0])
    from samtranslator.translator.transform import transform  # type: ignore[import-not-found]

    class NoManagedPolicies:
        def load(self) -> dict[str, str]:
            return {}

    reasons: dict[str, dict[str, Any]] = {}
    for name, resource in template["Resources"].items():
        if "Metadata" in resource:
            reasons[name] = resource["Metadata"]
            reasons.setdefault(MADE_OF.get(resource["Type"], ""), resource["Metadata"])
    made: dict[str, Any] = transform(json.loads(json.dumps(template)), {}, NoManagedPolicies())
    for name, resource in made["Resources"].items():
        found = reasons.get(name) or (reasons.get(resource["Type"]) if resource["Type"] in MADE_OF.values() else None)
        if found:
            resource["Metadata"] = found
    return made


def run(*command: str) -> bool:
    done = subprocess.run(
        [str(TOOLS / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"lint-infra: {' '.join(command)}\n{done.stdout}{done.stderr}", file=sys.stderr)
    return done.returncode == 0


def lint(data: Path, app: Path, after: Path) -> bool:
    """Whether nothing was found. checkov sees the app's stack as SAM makes it, where it knows more of it."""
    clean = True
    for template in (data, app, after):
        clean &= run("cfn-lint", "--include-checks", "I", "--regions", *REGIONS, "--template", str(template))
    for template in (data, after):
        clean &= run(*CHECKOV, "--file", str(template))
    return clean


def main() -> int:
    parser = argparse.ArgumentParser(prog="python infra/template/lint.py", description="cfn-lint and checkov")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the folder that holds template.json")
    folder = parser.parse_args().build
    app = folder / "template.json"
    after = folder / "transformed.json"
    after.write_text(json.dumps(transformed(json.loads(app.read_text("utf-8"))), indent=1), "utf-8")
    if not lint(ROOT / "infra" / "data.yaml", app, after):
        return 1
    print("lint-infra: nothing found in infra/data.yaml, template.json and what SAM makes of it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
