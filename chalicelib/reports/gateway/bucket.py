"""Files in a private bucket, encrypted by its own default."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from chalicelib import cloud
from chalicelib.reports.model.faults import FilesUnavailable

PART_BYTES: Final = 8 * 1024 * 1024
"""S3 wants at least 5 MB for every part but the last, and takes 10,000 parts."""


class Bucket:
    def __init__(self, name: str) -> None:
        self.name = name

    def begin(self, key: str, content_type: str) -> _Parts:
        return _Parts(self.name, key, content_type)

    def abandon(self, key: str, upload_id: str) -> None:
        """What is not there any more is cleared away already; the rest goes with the bucket's own rule."""
        if upload_id:
            with suppress(FilesUnavailable, cloud.PermissionMissing), answers(self.name):
                cloud.client("s3").abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload_id)

    def link(self, key: str, disposition: str, content_type: str, seconds: int) -> str:
        asked = {
            "Bucket": self.name,
            "Key": key,
            "ResponseContentDisposition": disposition,
            "ResponseContentType": content_type,
        }
        with answers(self.name):
            address: str = cloud.client("s3").generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)
        return address


class _Parts:
    """A multipart upload; what fits into one part is put at once."""

    def __init__(self, bucket: str, key: str, content_type: str) -> None:
        self._where = {"Bucket": bucket, "Key": key}
        self._content_type = content_type
        self._waiting = bytearray()
        self._done: list[dict[str, Any]] = []
        self.id = ""

    def write(self, piece: bytes) -> None:
        self._waiting += piece
        while len(self._waiting) >= PART_BYTES:
            part = bytes(memoryview(self._waiting)[:PART_BYTES])
            del self._waiting[:PART_BYTES]
            self._send(part)

    def finish(self) -> None:
        s3 = cloud.client("s3")
        with answers(self._where["Bucket"]):
            if not self.id:
                s3.put_object(**self._where, Body=bytes(self._waiting), ContentType=self._content_type)
                return
            if self._waiting:
                self._send(bytes(self._waiting))
            s3.complete_multipart_upload(**self._where, UploadId=self.id, MultipartUpload={"Parts": self._done})

    def abandon(self) -> None:
        self._waiting.clear()
        Bucket(self._where["Bucket"]).abandon(self._where["Key"], self.id)

    def _send(self, part: bytes) -> None:
        s3 = cloud.client("s3")
        with answers(self._where["Bucket"]):
            if not self.id:
                begun = s3.create_multipart_upload(**self._where, ContentType=self._content_type)
                self.id = str(begun["UploadId"])
            number = len(self._done) + 1
            sent = s3.upload_part(**self._where, UploadId=self.id, PartNumber=number, Body=part)
        # The checksum that the client reckoned, where it did: it is asked for again when the parts are joined.
        sums = {name: sent[name] for name in sent if name.startswith("Checksum") and name != "ChecksumType"}
        self._done.append({"PartNumber": number, "ETag": sent["ETag"], **sums})


@contextmanager
def answers(bucket: str) -> Iterator[None]:
    """Turn a failure of the store into FilesUnavailable, a missing permission into PermissionMissing."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with cloud.permitted(bucket):
            yield
    except ClientError as error:
        raise FilesUnavailable(reason=str(error.response.get("Error", {}).get("Code", "refused"))) from error
    except BotoCoreError as error:
        raise FilesUnavailable(reason=type(error).__name__) from error
