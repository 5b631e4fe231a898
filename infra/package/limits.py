"""What a package may weigh and must hold; each limit that is passed is named."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ZIP_BYTES_MAX = 30_000_000
UNZIPPED_BYTES_MAX = 120_000_000  # Lambda takes 250 MB; ours was never near
API_RESOURCES_MAX = 300  # API Gateway's own limit per API
HEAVY = ("stripe", "qrcode", "reportlab", "xlsxwriter", "openpyxl", "boto3", "cryptography", "jinja2.ext")
GLIBC = {"3.11": (2, 26), "3.12": (2, 34), "3.13": (2, 34)}
"""Lambda's runtime → its C library (Amazon Linux 2, then 2023)."""

_PLATFORM = re.compile(r"manylinux_(\d+)_(\d+)_x86_64")
_OLD_NAMES = {"manylinux1": "manylinux_2_5", "manylinux2010": "manylinux_2_12", "manylinux2014": "manylinux_2_17"}


class PackageBroken(Exception):
    """The package cannot be shipped; the message says why and what to look at."""


def check_wheels(contents: Path, requirements: Path) -> None:
    """Everything that is required is there in its version, and made for Lambda's machine, not for this one."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version not in GLIBC:
        raise PackageBroken(f"Lambda has no runtime for Python {version}: build with one of {', '.join(GLIBC)}")
    there = {path.name.lower() for path in contents.glob("*.dist-info")}
    for line in requirements.read_text().splitlines():
        pin = line.split("#")[0].split(";")[0].strip()
        name, _, wanted = pin.partition("==")
        plain = re.sub(r"[-_.]+", "_", name).lower()
        if pin and f"{plain}-{wanted}.dist-info" not in there:
            raise PackageBroken(f"{pin} of requirements.txt is not in the package: no wheel for Lambda was found")
    for wheel in sorted(contents.glob("*.dist-info/WHEEL")):
        tags = re.findall(r"^Tag: (\S+)$", wheel.read_text(), re.MULTILINE)
        if not any(_runs_there(tag, GLIBC[version]) for tag in tags):
            raise PackageBroken(f"{wheel.parent.name} is made for {', '.join(tags)}, which Lambda does not run")


def _runs_there(tag: str, glibc: tuple[int, int]) -> bool:
    platform = tag.rsplit("-", 1)[-1]
    if platform == "any":
        return True
    for old, new in _OLD_NAMES.items():
        platform = platform.replace(f"{old}_", f"{new}_")
    found = _PLATFORM.fullmatch(platform)
    return found is not None and (int(found[1]), int(found[2])) <= glibc


def manifest(package: Path, contents: Path, template: dict[str, Any]) -> dict[str, Any]:
    """The package in figures."""
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    files = [path for path in contents.rglob("*") if path.is_file()]
    parts: Counter[str] = Counter()
    for path in files:
        parts[_part(path.relative_to(contents))] += path.stat().st_size
    modules = [path for path in files if path.suffix == ".py"]
    return {
        "sha256": digest,
        "code_key": f"packages/{digest}.zip",
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "zip_bytes": package.stat().st_size,
        "unzipped_bytes": sum(parts.values()),
        "modules": len(modules),
        "modules_not_compiled": sorted(str(p.relative_to(contents)) for p in modules if not _compiled(p).is_file()),
        "api_resources": len(api_resources(template)),
        "parts": dict(parts.most_common()),
    }


def _part(path: Path) -> str:
    top = path.parts[0]
    return top.split("-")[0] if top.endswith((".dist-info", ".data")) else top


def _compiled(path: Path) -> Path:
    return path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc"


def api_resources(template: dict[str, Any]) -> set[str]:
    """Every path and every part of one is a resource of API Gateway."""
    found: set[str] = set()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Api":
            for path in resource["Properties"]["DefinitionBody"]["paths"]:
                words = path.strip("/").split("/")
                found |= {"/".join(words[: n + 1]) for n in range(len(words))} - {""}
    return found


def check(figures: dict[str, Any], contents: Path) -> None:
    """Raises PackageBroken with every limit that is passed."""
    wrong = [
        f"{name} is {figures[key]:,}, at most {most:,}"
        for name, key, most in (
            ("the zip in bytes", "zip_bytes", ZIP_BYTES_MAX),
            ("the unzipped package in bytes", "unzipped_bytes", UNZIPPED_BYTES_MAX),
            ("the number of API Gateway's resources", "api_resources", API_RESOURCES_MAX),
        )
        if figures[key] > most
    ]
    if figures["modules_not_compiled"]:
        wrong.append(f"not compiled: {', '.join(figures['modules_not_compiled'][:10])}")
    heavy = sorted(loaded_by(contents, "import app") & set(HEAVY))
    if heavy:
        wrong.append(f"importing app.py loads {', '.join(heavy)}")
    if wrong:
        raise PackageBroken("; ".join(wrong))


def loaded_by(contents: Path, code: str) -> set[str]:
    """The modules that `code` loads with nothing but the package and Python's own library. Raises PackageBroken."""
    script = f"import sys; sys.path.insert(0, {str(contents)!r})\n{code}\nprint(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script],
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise PackageBroken(f"{code!r} fails in the package: {ran.stderr.strip().splitlines()[-1:]}")
    return set(ran.stdout.split())


def said(figures: dict[str, Any]) -> str:
    """The manifest for a person."""
    largest = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in list(figures["parts"].items())[:8])
    return (
        f"package: {figures['zip_bytes'] / 1e6:.1f} MB zipped (at most {ZIP_BYTES_MAX / 1e6:.1f}), "
        f"{figures['unzipped_bytes'] / 1e6:.1f} MB unzipped: {largest} MB\n"
        f"{figures['modules']} modules, all compiled for Python {figures['python']}; "
        f"{figures['api_resources']} of {API_RESOURCES_MAX} resources of API Gateway\n"
        f"key: {figures['code_key']}"
    )
