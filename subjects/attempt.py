"""What one attempt of a task may take."""

from typing import Annotated

from msgspec import Meta

Memory = Annotated[
    int,
    Meta(
        ge=1 << 28,
        le=1 << 44,
        description="Bytes of address space for one attempt, which then runs in a process of its own.",
    ),
]
