"""Named questions that no single SELECT answers: their numbers are worked out in Python from the store."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct

from analytics.catalog import Query
from analytics.store import Table


class Computed(Struct, frozen=True):
    """A question and who answers it. `answer` gets a value for each parameter of the query, as SQL would."""

    query: Query
    answer: Callable[[Mapping[str, Any]], Awaitable[Table]]
