"""The queue of export jobs, as LINLI_EXPORTS_QUEUE says. On one machine there is none: the jobs are found in the
table."""

from __future__ import annotations

import json

from chalicelib import cloud
from chalicelib.config import SettingMissing, settings
from chalicelib.reports.gateway import files
from chalicelib.reports.model.faults import QueueUnavailable


def require() -> None:
    """Raises SettingMissing: without a queue nobody in the cloud would ever hear of a job."""
    if files.is_cloud() and not settings().exports_queue:
        raise SettingMissing(name="LINLI_EXPORTS_QUEUE")


def tell(job_id: str) -> None:
    """That there is work. Raises SettingMissing, QueueUnavailable, PermissionMissing."""
    require()
    address = settings().exports_queue
    if not address:
        return
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with cloud.permitted(address):
            cloud.client("sqs").send_message(QueueUrl=address, MessageBody=json.dumps({"job": job_id}))
    except ClientError as error:
        raise QueueUnavailable(reason=str(error.response.get("Error", {}).get("Code", "refused"))) from error
    except BotoCoreError as error:
        raise QueueUnavailable(reason=type(error).__name__) from error
