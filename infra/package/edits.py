"""Edits of pinned libraries: what they load early and these functions never or late need, is loaded late.

Every edit names the text it replaces; where that is not found exactly once, the library has changed and the build
fails, so that nobody ships an edit that nobody looked at. Nothing but imports and annotations is touched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from infra.package.limits import PackageBroken

EDITS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    # of Powertools a line of the log needs the formatter alone (chalicelib/web/log_lines.py)
    "aws_lambda_powertools/__init__.py": (
        ("from aws_lambda_powertools.logging import Logger\n", ""),
        ("from aws_lambda_powertools.metrics import Metrics, single_metric\n", ""),
        ("from aws_lambda_powertools.package_logger import set_package_logger_handler\n", ""),
        ("from aws_lambda_powertools.shared.user_agent import inject_user_agent\n", ""),
        ("from aws_lambda_powertools.tracing import Tracer\n", ""),
        ("set_package_logger_handler()\n", ""),
        ("inject_user_agent()\n", ""),
    ),
    "aws_lambda_powertools/logging/__init__.py": (("from .logger import Logger\n", ""),),
    # botocore's client takes most of a cold start; items travel without it (chalicelib/table/wire.py)
    "pynamodb/connection/base.py": (
        (
            "import botocore.config\nimport botocore.client\nimport botocore.exceptions\n",
            "import botocore.exceptions\n",
        ),
        ("from botocore.client import ClientError\n", "from botocore.exceptions import ClientError\n"),
        ("from botocore.session import get_session\n", ""),
        ("from pynamodb.connection._botocore_private import BotocoreBaseClientPrivate\n", ""),
        ("self._client: Optional[BotocoreBaseClientPrivate] = None", "self._client = None"),
        ("def session(self) -> botocore.session.Session:", "def session(self):"),
        (
            "            self._local.session = get_session()\n",
            ("            from botocore.session import get_session\n            self._local.session = get_session()\n"),
        ),
        ("def client(self) -> BotocoreBaseClientPrivate:", "def client(self):"),
        (
            "            config = botocore.client.Config(\n",
            ("            import botocore.client\n            config = botocore.client.Config(\n"),
        ),
        (
            "self._client = cast(BotocoreBaseClientPrivate, self.session.create_client(",
            ("self._client = cast(Any, self.session.create_client("),
        ),
    ),
}


def make(contents: Path) -> None:
    """Edit in place. Raises PackageBroken."""
    for name, edits in EDITS.items():
        path = contents / name
        text = path.read_text()
        for before, after in edits:
            if text.count(before) != 1:
                raise PackageBroken(f"{name} is not as it was: it holds {before.strip()!r} {text.count(before)} times")
            text = text.replace(before, after)
        path.write_text(text)
