"""The client: submit tasks, wait for their outcome, follow, cancel and try them again.

async with Client.connect() as client:
    task = await client.submit(Submission(function="security.scan", input=Raw(b'{"path": "."}')))
    print((await client.result(task.id, wait=60)).state)
"""

from subjects.client.client import Client

__all__ = ["Client"]
