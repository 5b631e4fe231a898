"""One local cloud with one stage for all tests here; a street that its people set up over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from local.stripe_standin import StripeStandIn
from tests.cloud import local_cloud
from tests.cloud.deployed import Deployed
from tests.cloud.deploying import deploy
from tests.cloud.local_cloud import LocalCloud
from tests.cloud.street import Street

LAST = ("test_log.py", "test_drill.py", "test_verified.py", "test_undeploy.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them are of the cloud; what looks at everything that the others did comes last."""
    here = [item for item in items if item.path.parent == local_cloud.HERE]
    for item in here:
        item.add_marker("cloud")
    here.sort(key=lambda item: LAST.index(item.path.name) if item.path.name in LAST else -1)
    places = [n for n, item in enumerate(items) if item.path.parent == local_cloud.HERE]
    for place, item in zip(places, here, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    if not local_cloud.PYTHON.exists():
        pytest.skip("needs .venv-cloud (make .venv-cloud/done)")
    with local_cloud.running(tmp_path_factory.mktemp("cloud")) as started:
        yield started


@pytest.fixture(scope="session")
def stripe() -> Iterator[StripeStandIn]:
    with StripeStandIn(delivery="when_asked") as started:
        # only the endpoint that the deployment registers is to hear anything
        with started.account.store.transaction():
            for own in started.account.store.find("webhook_endpoint"):
                started.account.store.delete(own["id"])
        yield started


@pytest.fixture(scope="session")
def deployed(cloud: LocalCloud, stripe: StripeStandIn) -> Deployed:
    return deploy(cloud, stripe)


@pytest.fixture(scope="session")
def street(deployed: Deployed, stripe: StripeStandIn) -> Street:
    made = Street(deployed, stripe)
    made.set_up()
    return made


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    """What runs in this process, such as the drill, may point the settings elsewhere."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
