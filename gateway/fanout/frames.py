"""Event frames: `{type, channel, payload, seq, epoch, prev}`, encoded once for all who are equally far."""

from gateway.fanout.ring import Item


class Frames:
    """The frames of one message on one channel. They differ only in `prev`.

    >>> Frames("task_progress", Item(7, "event.q.f.i.progress", b'{"progress":1.0}'), "e1").after(5)
    b'{"type":"event","channel":"task_progress","payload":{"progress":1.0},"seq":7,"epoch":"e1","prev":5}'
    """

    __slots__ = ("_frame", "_head", "_prev")

    def __init__(self, channel: str, item: Item, epoch: str) -> None:
        self._head = b'{"type":"event","channel":"%b","payload":%b,"seq":%d,"epoch":"%b","prev":' % (
            channel.encode(),
            item.data,
            item.sequence,
            epoch.encode(),
        )
        self._prev = -1
        self._frame = b""

    def after(self, prev: int) -> bytes:
        """The frame for a listener that was last sent `prev`."""
        # Nearly all listeners of a channel are equally far: remembering one frame is enough.
        if prev != self._prev:
            self._prev = prev
            self._frame = b"%b%d}" % (self._head, prev)
        return self._frame
