"""The zip that Lambda runs: what is in it, what is not, and that a limit that is passed is told by name."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pynamodb
import pytest
from botocore.session import get_session

from infra.package import build as packaging
from infra.package import contents as package_contents
from infra.package import edits as package_edits
from infra.package import limits as package_limits
from infra.package.limits import HEAVY, PackageBroken, loaded_by
from tests.infra.conftest import InPackage


def test_the_same_source_makes_the_same_bytes(package: Path, tmp_path: Path) -> None:
    again = packaging._build(tmp_path)
    assert again["sha256"] == json.loads((package / "manifest.json").read_text())["sha256"]
    assert (tmp_path / "sam.json").read_bytes() == (package / "sam.json").read_bytes()


def test_nothing_is_done_where_nothing_has_changed(package: Path) -> None:
    made = (package / "deployment.zip").stat().st_mtime_ns
    packaging.build(package)
    assert (package / "deployment.zip").stat().st_mtime_ns == made


def test_every_module_is_compiled_and_taken_unseen(package: Path) -> None:
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        names = set(archive.namelist())
        modules = {name for name in names if name.endswith(".py")}
        for name in modules:
            folder, _, stem = name.removesuffix(".py").rpartition("/")
            compiled = f"{folder}/__pycache__/{stem}.{sys.implementation.cache_tag}.pyc".lstrip("/")
            assert compiled in names, f"{name} is not compiled"
            # the flags of PEP 552: found by hash, not compared
            assert archive.read(compiled)[4:8] == b"\1\0\0\0", name
    assert len(modules) > 1000


def test_what_is_not_needed_is_not_there(contents: Path) -> None:
    manifest = {path.name for path in contents.iterdir()}
    assert {"app.py", "start.py", "start_function.py", "chalicelib", "chalice"} <= manifest
    assert not {"infra", "local", "tests", "docs", "moto", "pytest", "babel"} & manifest
    assert not list(contents.rglob("*.po"))
    assert not list((contents / "chalicelib").rglob("*.html"))
    assert list((contents / "chalicelib").rglob("*.mo"))
    assert (contents / "chalicelib" / "web" / "static" / "vendor" / "htmx.min.js").is_file()


def test_importing_the_app_or_its_start_loads_nothing_heavy(contents: Path) -> None:
    for code in ("import app", "import start"):
        loaded = loaded_by(contents, code)
        assert "chalicelib.web.gateway" in loaded
        assert loaded & set(HEAVY) == set(), code
    # the largest part of a cold start, and not needed for items
    assert loaded & {"botocore.client", "botocore.session", "urllib3", "jinja2", "aws_lambda_powertools"} == set()


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "ap-southeast-1"])
def test_every_service_that_is_used_has_a_client_with_the_right_address(
    contents: Path, in_package: InPackage, region: str
) -> None:
    services = sorted(package_contents.used_services(contents))
    assert {"dynamodb", "s3", "secretsmanager", "sns", "sqs"} <= set(services)
    found = in_package(
        f"""
from botocore.session import get_session
clients = {{name: get_session().create_client(name, {region!r}) for name in {services!r}}}
said = {{
    name: [
        one.meta.endpoint_url,
        sorted(one.meta.service_model.operation_names),
        [parameter.name for parameter in one.meta.service_model.client_context_parameters],
    ]
    for name, one in clients.items()
}}
""",
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="x",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
        for name in services:
            whole = get_session().create_client(name, region)
            model = whole.meta.service_model
            # asked for at the first call of a service that has them
            asked = [parameter.name for parameter in model.client_context_parameters]
            assert found[name] == [whole.meta.endpoint_url, sorted(model.operation_names), asked]


# --- limits --------------------------------------------------------------------------------------

FITS: dict[str, Any] = {"zip_bytes": 1, "unzipped_bytes": 1, "api_resources": 1, "modules_not_compiled": []}


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ({"zip_bytes": 30_000_001}, "the zip in bytes is 30,000,001, at most 30,000,000"),
        ({"unzipped_bytes": 10**9}, "the unzipped package in bytes"),
        ({"api_resources": 301}, "the number of API Gateway's resources is 301, at most 300"),
        ({"modules_not_compiled": ["chalicelib/x.py"]}, "not compiled: chalicelib/x.py"),
    ],
)
def test_a_limit_that_is_passed_is_named(tmp_path: Path, figures: dict[str, Any], says: str) -> None:
    (tmp_path / "app.py").write_text("")
    package_limits.check(FITS, tmp_path)
    with pytest.raises(PackageBroken, match=says):
        package_limits.check(FITS | figures, tmp_path)


def test_a_heavy_module_is_named_wherever_it_comes_in(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import inner")
    (tmp_path / "inner.py").write_text("import stripe")
    (tmp_path / "stripe.py").write_text("")
    with pytest.raises(PackageBroken, match=r"importing app\.py loads stripe"):
        package_limits.check(FITS, tmp_path)


def wheel(folder: Path, name: str, *tags: str) -> None:
    (folder / f"{name}.dist-info").mkdir()
    (folder / f"{name}.dist-info" / "WHEEL").write_text("".join(f"Tag: {tag}\n" for tag in tags))


@pytest.mark.parametrize(
    ("tags", "runs"),
    [
        (["py3-none-any"], True),
        (["py2-none-any", "py3-none-any"], True),
        (["cp311-cp311-manylinux2014_x86_64"], True),
        (["cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_28_x86_64"], True),
        (["cp311-cp311-linux_x86_64"], False),
        (["cp311-cp311-manylinux_2_39_x86_64"], False),
        (["cp311-cp311-manylinux2014_aarch64"], False),
        (["cp311-cp311-musllinux_1_2_x86_64"], False),
    ],
)
def test_a_wheel_that_lambda_does_not_run_is_refused(tmp_path: Path, tags: list[str], runs: bool) -> None:
    wheel(tmp_path, "some_thing-1.0", *tags)
    (tmp_path / "requirements.txt").write_text("# comment\nSome.Thing==1.0  # why\n")
    if runs:
        package_limits.check_wheels(tmp_path, tmp_path / "requirements.txt")
        return
    with pytest.raises(PackageBroken, match=r"some_thing-1\.0.* is made for"):
        package_limits.check_wheels(tmp_path, tmp_path / "requirements.txt")


def test_a_library_for_which_chalice_found_no_wheel_is_missed(tmp_path: Path) -> None:
    wheel(tmp_path, "other-2.0", "py3-none-any")
    (tmp_path / "requirements.txt").write_text("other==2.0\nthing==1.0\n")
    with pytest.raises(PackageBroken, match=r"thing==1\.0 .* is not in the package"):
        package_limits.check_wheels(tmp_path, tmp_path / "requirements.txt")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("cloud.client(name)", "chalicelib/fund/x.py:1: the service of a client is not written out"),
        ("boto3.client(service_name='sqs')", "not written out"),
        ("cloud.client('sqss')", "botocore knows no service called sqss"),
    ],
)
def test_a_service_whose_data_would_be_cut_away_is_noticed(tmp_path: Path, call: str, says: str) -> None:
    (tmp_path / "app.py").write_text("")
    (tmp_path / "chalicelib" / "fund").mkdir(parents=True)
    (tmp_path / "chalicelib" / "fund" / "x.py").write_text(call)
    (tmp_path / "botocore" / "data" / "dynamodb").mkdir(parents=True)
    with pytest.raises(PackageBroken, match=says):
        package_contents.cut_botocore(tmp_path / "botocore" / "data", package_contents.used_services(tmp_path))


def test_a_library_that_is_not_as_it_was_is_not_edited(tmp_path: Path) -> None:
    installed = Path(pynamodb.__file__).parents[1]
    for name in package_edits.EDITS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(installed / name, tmp_path / name)
    package_edits.make(tmp_path)
    for name in package_edits.EDITS:
        compile((tmp_path / name).read_text(), name, "exec")
        shutil.copyfile(installed / name, tmp_path / name)
    path = tmp_path / "pynamodb" / "connection" / "base.py"
    path.write_text(
        path.read_text().replace("from botocore.session import get_session", "from botocore import session")
    )
    with pytest.raises(PackageBroken, match=r"pynamodb/connection/base\.py is not as it was"):
        package_edits.make(tmp_path)
