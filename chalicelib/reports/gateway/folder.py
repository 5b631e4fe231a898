"""Files in a folder of one machine: written beside, flushed, then renamed, so that a power cut leaves a whole file or
none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from chalicelib.reports.model.faults import FilesUnavailable

_UNFINISHED: Final = ".part"


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def begin(self, key: str, content_type: str) -> _File:
        return _File(self._inside(key))

    def abandon(self, key: str, upload_id: str) -> None:
        """What was begun for this file under whatever name."""
        target = self._inside(key)
        with suppress(OSError):
            for left in target.parent.glob(f"{target.name}.*{_UNFINISHED}"):
                left.unlink(missing_ok=True)

    def link(self, key: str, disposition: str, content_type: str, seconds: int) -> str:
        return ""

    def path(self, key: str) -> Path | None:
        found = self._inside(key)
        return found if found.is_file() else None

    def clear(self, older_than_s: float) -> int:
        """Compared by the disk's own clock, of a file made now."""
        removed = 0
        with _answers():
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root) as probe:
                now_s = os.fstat(probe.fileno()).st_mtime
            for path in sorted(self.root.rglob("*"), reverse=True):
                if path.is_file() and now_s - path.stat().st_mtime > older_than_s:
                    path.unlink(missing_ok=True)
                    removed += 1
                    with suppress(OSError):  # not empty
                        path.parent.rmdir()
        return removed

    def _inside(self, key: str) -> Path:
        """Raises ValueError for a key that leads out of the folder."""
        target = (self.root / key).resolve()
        if not target.is_relative_to(self.root.resolve()) or target == self.root.resolve():
            raise ValueError("a key stays within its folder")
        return target


class _File:
    id = ""

    def __init__(self, target: Path) -> None:
        self._target = target
        with _answers():
            target.parent.mkdir(parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=target.name + ".", suffix=_UNFINISHED, dir=target.parent)
        self._name = Path(name)
        self._open = os.fdopen(number, "wb")

    def write(self, piece: bytes) -> None:
        with _answers():
            self._open.write(piece)

    def finish(self) -> None:
        with _answers():
            self._open.flush()
            os.fsync(self._open.fileno())
            self._open.close()
            self._name.replace(self._target)
            folder = os.open(self._target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the name too is on the disk before anybody is told of it
            finally:
                os.close(folder)

    def abandon(self) -> None:
        with suppress(OSError):
            self._open.close()
            self._name.unlink(missing_ok=True)


@contextmanager
def _answers() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FilesUnavailable(reason=type(error).__name__) from error
