"""What is deployed: a package and its template, kept side by side in the code bucket so that any release can come back.

packages/<sha256>.zip    what the functions run
packages/<sha256>.json   the template that it was last deployed with
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.stage.account import Account
from infra.stage.stacks import DeployFailed

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
_KEY = re.compile(r"packages/[0-9a-f]{64}\.zip")


@dataclass(frozen=True, slots=True)
class Release:
    code_key: str
    template_url: str


def build(account: Account, out: Path = BUILD) -> tuple[Path, Path, str]:
    """The package, its template, and the key it goes under. Raises DeployFailed."""
    from infra.package import build as package
    from infra.package import limits as package_limits
    from infra.template import assemble
    from infra.template.policies import PolicyWrong

    try:
        manifest = package.build(out)
        assemble.build(out)
    except package_limits.PackageBroken as broken:
        raise DeployFailed(f"the package: {broken}") from broken
    except (assemble.Mismatch, PolicyWrong) as wrong:
        raise DeployFailed(f"the template: {wrong}") from wrong
    account.say(f"package: {manifest['zip_bytes'] / 1e6:.1f} MB, {manifest['code_key']}")
    return out / "deployment.zip", out / "template.json", str(manifest["code_key"])


def upload(account: Account, bucket: str, package: Path, template: Path, code_key: str) -> Release:
    """Put both into the bucket; a package that is there already is not sent again."""
    s3 = account.client("s3")
    if not _is_there(s3, bucket, code_key):
        account.say(f"sending the package to {bucket}")
        s3.upload_file(str(package), bucket, code_key)
    key = _template_key(code_key)
    s3.put_object(Bucket=bucket, Key=key, Body=template.read_bytes(), ContentType="application/json")
    return Release(code_key, _address(s3, bucket, key))


def earlier(account: Account, bucket: str, code_key: str) -> Release:
    """A release that was deployed before. Raises DeployFailed."""
    s3 = account.client("s3")
    if not _KEY.fullmatch(code_key):
        raise DeployFailed(f"CODE={code_key} is no package's key; they look like packages/<64 hex digits>.zip.")
    for key in (code_key, _template_key(code_key)):
        if not _is_there(s3, bucket, key):
            raise DeployFailed(f"{bucket} holds no {key}. What it holds: aws s3 ls s3://{bucket}/packages/")
    return Release(code_key, _address(s3, bucket, _template_key(code_key)))


def _template_key(code_key: str) -> str:
    return code_key.removesuffix(".zip") + ".json"


def _address(s3: Any, bucket: str, key: str) -> str:
    """As CloudFormation reads it; the domain is the partition's own."""
    return f"{s3.meta.endpoint_url.rstrip('/')}/{bucket}/{key}"


def _is_there(s3: Any, bucket: str, key: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True
