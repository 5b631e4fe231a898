"""The verbs of a stand-in that runs in another process."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any


class RemoteControl:
    """`RemoteControl(url).pay(session=…)` posts to /_control/api/pay. Arguments by name."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def ask(**arguments: Any) -> Any:
            request = urllib.request.Request(
                f"{self._url}/_control/api/{verb}",
                data=json.dumps(arguments).encode(),
                headers={"Content-Type": "application/json"},
                method="POST",
            )
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)["result"]
            except urllib.error.HTTPError as error:
                said = json.loads(error.read())["error"]["message"]
                raise ValueError(f"{verb}: {said}") from None

        return ask
