"""One feed per stream and process, any number of listeners: each gets what is stored once and in order."""

from gateway.fanout.fanout import Fanout
from gateway.fanout.listener import Listener, Wire
from gateway.fanout.request import Wanted
from gateway.fanout.subscription import Subscription

__all__ = ["Fanout", "Listener", "Subscription", "Wanted", "Wire"]
