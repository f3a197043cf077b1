"""When the server's calendar fires: what it takes, the moments it will choose, and both in plain words.

It follows nats-server 2.15 to the second, odd cases too; a test holds the two against each other.
"""

from subjects.cron.moments import due, upcoming
from subjects.cron.pattern import Cron, Every, Once, Pattern, cron, read, written
from subjects.cron.words import spoken
from subjects.cron.zones import zone

__all__ = ["Cron", "Every", "Once", "Pattern", "cron", "due", "read", "spoken", "upcoming", "written", "zone"]
