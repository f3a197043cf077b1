"""One look at everything that agents are shown from, and each agent as it looked then."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from subjects.agents import Agent, AgentView, Definition, Standing, can, standing
from subjects.channels import ENGINES
from subjects.kv import Entry
from subjects.messages import FunctionInfo, QueueStatus, WorkerInfo

SHOWN = 20


class Figures(NamedTuple):
    """How a registered agent did over the last five minutes."""

    judged: int = 0
    success_rate: float | None = None
    response_ms: float | None = None
    response_p95_ms: float | None = None
    throughput: float = 0.0


class Sight:
    """What was seen at one moment, and every agent as it looked then."""

    def __init__(
        self,
        *,
        functions: dict[str, FunctionInfo],
        workers: list[WorkerInfo],
        statuses: dict[str, QueueStatus],
        figures: dict[str, Figures],
        at: datetime,
    ) -> None:
        self.functions = functions
        self.statuses = statuses
        self._figures = figures
        self._at = at
        self._serving: dict[str, set[str]] = {}
        self._current: dict[str, list[str]] = {}
        self._able: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for worker in workers:
            for function in worker.functions:
                self._serving.setdefault(function, set()).add(worker.id)
            for held in worker.held:
                if held.agent is not None:
                    self._current.setdefault(held.agent, []).append(held.id)

    @property
    def queues(self) -> list[str]:
        """The queues that are agents by themselves."""
        return sorted(queue for queue in self.statuses if queue not in ENGINES)

    def announced(self, queue: str) -> AgentView | None:
        """A queue as an agent; None where it is none."""
        row = self.statuses.get(queue)
        if row is None or queue in ENGINES:
            return None
        able = self.able(Definition(capabilities=[queue]))
        return AgentView(
            id=queue,
            origin="announced",
            name=queue,
            description=f"{len(able)} function{'' if len(able) == 1 else 's'} that workers announced",
            capabilities=able,
            enabled=row.status != "stopped",
            **{name: getattr(row, name) for name in QueueStatus.__struct_fields__},
        )

    def registered(self, entry: Entry[Agent]) -> AgentView:
        """A registered agent."""
        agent = entry.value
        assert agent is not None
        definition, id = agent.definition, agent.id
        able = self.able(definition)
        figures = self._figures.get(id, Figures())
        current = self._current.get(id, [])
        rows = [self.statuses[queue] for queue in _queues(able) if queue in self.statuses]
        workers = set().union(*(self._serving.get(name, ()) for name in able))
        return AgentView(
            id=id,
            queue=id,
            origin="registered",
            name=definition.name or id,
            description=definition.description,
            capabilities=able,
            status=standing(
                Standing(
                    enabled=definition.enabled,
                    queues=[row.status for row in rows],
                    workers=len(workers),
                    judged=figures.judged,
                    success_rate=figures.success_rate,
                    busy=bool(current),
                )
            ),
            running=len(current),
            queued=sum(row.queued for row in rows),
            workers=len(workers),
            response_ms=figures.response_ms,
            success_rate=figures.success_rate,
            throughput=figures.throughput,
            current=current[:SHOWN],
            updated_at=self._at,
            enabled=definition.enabled,
            model=definition.model,
            definition=definition,
            revision=entry.revision,
            created_at=agent.created_at,
            changed_at=agent.updated_at,
            response_p95_ms=figures.response_p95_ms,
        )

    def able(self, definition: Definition) -> list[str]:
        """What an agent can do, remembered: thousands of agents share few sets of capabilities."""
        key = (tuple(definition.capabilities), tuple(definition.permissions.functions))
        known = self._able.get(key)
        if known is None:
            known = self._able[key] = can(*key, self.functions)
        return known


def _queues(functions: Iterable[str]) -> list[str]:
    return sorted({name.partition(".")[0] for name in functions})


def figures_of(row: dict[str, Any]) -> Figures:
    """The figures in a row of the query `recent_agents`."""
    return Figures(
        row["judged"],
        _rounded(row["success_rate"]),
        _rounded(row["response_ms"]),
        _rounded(row["response_p95_ms"]),
        round(row["throughput"], 2),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
