"""The same frames over Server-Sent Events, and commands as requests, where sockets do not get through."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from gateway.client.frames import Ack, Gap, Outgoing, Pong, Ready, Refusal, Subscribed, Told, read, written
from gateway.client.requests import Query, Requests
from gateway.client.socket import Gone
from subjects import errors

FULL = 256
"""Frames that wait to be received before the stream is no longer read."""
END = Gone(1006, "the event stream ended")


class EventStream:
    """One stream has all channels: it begins anew where one more is wanted, each channel where it was."""

    def __init__(self, requests: Requests, filters: dict[str, str]) -> None:
        self._requests = requests
        self._filters = filters
        self._places: dict[str, str] = {}
        self._heard: asyncio.Queue[bytes | None] = asyncio.Queue(FULL)
        self._following: asyncio.Task[None] | None = None
        self._asking: set[asyncio.Task[None]] = set()

    async def send(self, frame: Outgoing) -> None:
        """Do what a gateway does with the frame."""
        if frame.type in {"subscribe", "unsubscribe"}:
            await self._subscribe(frame)
        else:
            task = asyncio.create_task(self._do(frame))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def receive(self) -> bytes:
        """The next frame."""
        heard = await self._heard.get()
        if heard is None:
            raise END
        return heard

    async def close(self) -> None:
        """Leave."""
        tasks = [*self._asking, *([self._following] if self._following else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def greet(self) -> None:
        """Nothing where a gateway is there; else Gone."""
        try:
            await self._requests.once("GET", "/livez")
        except (errors.RevoError, OSError) as error:
            raise Gone(1006, str(error)) from None
        await self._say(Ready())

    async def _subscribe(self, frame: Outgoing) -> None:
        wanted: dict[str, Any] = msgspec.json.decode(frame.payload)
        channel = wanted["channel"]
        if frame.type == "unsubscribe":
            self._places.pop(channel, None)
        else:
            since = wanted.get("since")
            self._places[channel] = "" if since is None else f"{channel}:{since}:{wanted.get('epoch', '')}"
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        self._following = asyncio.create_task(self._follow()) if self._places else None

    async def _follow(self) -> None:
        query: Query = {"channel": list(self._places), **self._filters}
        last = ",".join(place for place in self._places.values() if place)
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        try:
            async with self._requests.stream("/api/events", query, headers) as lines:
                async for data in _blocks(lines):
                    await self._put(data)
        except errors.RevoError as error:
            for channel in self._places:
                await self._say(_refusal(f"s:{channel}", error))
            return
        except OSError:
            pass
        await self._heard.put(None)

    async def _put(self, data: bytes) -> None:
        frame = Pong() if not data else read(data)
        match frame:
            case (
                Told(channel=channel, seq=seq, epoch=epoch)
                | Subscribed(channel=channel, seq=seq, epoch=epoch)
            ):
                place = f"{channel}:{seq}:{epoch}"
            case Gap(channel=channel, to=seq, epoch=epoch):
                place = f"{channel}:{seq}:{epoch}"
            case _:
                channel = place = ""
        await self._heard.put(data or written(frame))
        if channel in self._places:
            # Where the stream begins anew, this is where it goes on.
            self._places[channel] = place

    async def _do(self, frame: Outgoing) -> None:
        try:
            await self._say(await self._done(frame))
        except errors.RevoError as error:
            await self._say(_refusal(frame.id, error))
        except OSError:
            await self._heard.put(None)

    async def _done(self, frame: Outgoing) -> Ack | Pong:
        if frame.type == "ping":
            await self._requests.once("GET", "/livez")
            return Pong()
        payload: dict[str, Any] = msgspec.json.decode(frame.payload)
        agent = payload.get("agent")
        match frame.type:
            case "cancel":
                path, query = f"/api/tasks/{payload['id']}", {"reason": payload.get("reason", "")}
                answer = await self._requests.once("DELETE", path, query=query)
            case "get_agent_status":
                answer = await self._requests.once("GET", f"/api/agents/{agent}" if agent else "/api/agents")
            case "agent_task" if agent:
                task = {key: value for key, value in payload.items() if key != "agent"}
                answer = await self._requests.once("POST", f"/api/agents/{agent}/tasks", body=written(task))
            case _:
                answer = await self._requests.once("POST", "/api/tasks", body=bytes(frame.payload))
        return Ack(frame.id or "", msgspec.json.decode(answer.content))

    async def _say(self, frame: Any) -> None:
        await self._heard.put(written(frame))


def _refusal(id: str | None, error: errors.RevoError) -> Refusal:
    told = {"code": error.code, "detail": error.message, "status": error.status, "retryable": error.retryable}
    return Refusal({**error.details, **told}, id)


async def _blocks(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """The data of each event; nothing for a beat."""
    data: list[str] = []
    async for line in lines:
        if line.startswith("data: "):
            data.append(line[6:])
        elif not line:
            yield "\n".join(data).encode()
            data.clear()
