"""The store of files: a private bucket, or a folder on one machine, as LINLI_FILES says.

What is written becomes visible whole, at the end, or not at all. Memory holds one part, whatever the size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from chalicelib.config import settings
from chalicelib.reports.gateway.bucket import Bucket
from chalicelib.reports.gateway.folder import Folder


class Upload(Protocol):
    """One file on its way. ``id`` names what is left behind should the process die; "" where nothing is."""

    @property
    def id(self) -> str: ...

    def write(self, piece: bytes) -> None: ...

    def finish(self) -> None:
        """Make it visible."""

    def abandon(self) -> None:
        """Leave nothing behind. Never raises."""


class Store(Protocol):
    """Raises FilesUnavailable where a call says nothing else."""

    def begin(self, key: str, content_type: str) -> Upload: ...

    def abandon(self, key: str, upload_id: str) -> None:
        """Clear away what a process that died had begun."""

    def link(self, key: str, disposition: str, content_type: str, seconds: int) -> str:
        """An address that hands the file out to anybody until it expires; "" where this store has none."""


def store() -> Store:
    """Raises SettingMissing."""
    kept = settings().files
    if kept.startswith("s3://"):
        return Bucket(kept.removeprefix("s3://"))
    return Folder(_folder(kept))


def is_cloud() -> bool:
    """Whether files are kept in a bucket. Raises SettingMissing."""
    return settings().files.startswith("s3://")


def folder_path(key: str) -> Path | None:
    """The file itself where files are kept in a folder and it is there; else None. Raises SettingMissing."""
    return None if is_cloud() else Folder(_folder(settings().files)).path(key)


def clear_folder(older_than_s: float) -> int:
    """Remove what is older from the folder, by the clock of its own disk; a bucket does it by itself."""
    return 0 if is_cloud() else Folder(_folder(settings().files)).clear(older_than_s)


def _folder(address: str) -> Path:
    return Path(unquote(address.removeprefix("file://")))
