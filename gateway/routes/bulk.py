"""/api/tasks/bulk-cancel and bulk-retry: many tasks by a filter, counted first."""

import msgspec
from litestar import post

from gateway.exchange import Answer, Ask, body, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects.client.bulk import Bulk, Selection

_selections = msgspec.json.Decoder(Selection)


@post(
    "/api/tasks/bulk-cancel",
    status_code=200,
    operation_id="bulkCancelTasks",
    opt=says(Bulk, takes=Selection),
)
async def bulk_cancel(request: Ask) -> Answer:
    """Cancel all unfinished tasks that a filter takes. Counts only, unless `dry_run` is false."""
    return said(await parts_of(request).client.bulk_cancel(await body(request, _selections)))


@post(
    "/api/tasks/bulk-retry", status_code=200, operation_id="bulkRetryTasks", opt=says(Bulk, takes=Selection)
)
async def bulk_retry(request: Ask) -> Answer:
    """Run all failed, canceled or rejected tasks that a filter takes again, dead letters too.

    Counts only, unless `dry_run` is false.
    """
    return said(await parts_of(request).client.bulk_retry(await body(request, _selections)))


HANDLERS = [bulk_cancel, bulk_retry]
