import { Link } from '@tanstack/react-router';
import { NONE, number, percent } from '@/kit/figures.ts';
import { StatusChip } from '@/kit/Status.tsx';
import { duration } from '@/kit/time.ts';
import { type Day, useRunning } from './agents.ts';
import type { Agent } from './filters.ts';
import { TaskLink } from './TaskLink.tsx';

interface Props {
  agents: readonly Agent[];
  day: (agent: Agent) => Day;
}

/** Each agent with what it does and how it did today. */
export function AgentCards({ agents, day }: Props) {
  const running = useRunning();
  return (
    <ul aria-label="Agents" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {agents.map((agent) => (
        <li key={`${agent.origin} ${agent.id}`}>
          <AgentCard agent={agent} day={day(agent)} running={running} />
        </li>
      ))}
    </ul>
  );
}

function AgentCard({ agent, day, running }: { agent: Agent; day: Day; running: ReadonlyMap<string, string> }) {
  const [current] = agent.current;
  const more = agent.running - 1;
  return (
    <article aria-label={agent.name} className="card grid h-full grid-cols-[minmax(0,1fr)] content-between gap-3 p-4 transition-colors hover:border-control">
      <div>
        <div className="flex items-center justify-between gap-2">
          <h2 className="min-w-0 truncate text-base font-medium">
            <Link to="/agents/$id" params={{ id: agent.id }} className="underline-offset-2 hover:underline">
              <bdi>{agent.name}</bdi>
            </Link>
          </h2>
          <StatusChip state={agent.status} filled />
        </div>
        <p className="truncate text-xs text-text3" title={agent.description}>
          {agent.origin === 'registered' && <span className="text-text2">Registered · </span>}
          <bdi>{agent.description}</bdi>
        </p>
      </div>
      <p className="flex h-5 min-w-0 items-center gap-1.5 text-sm text-text2">
        {current === undefined ? (
          <span className="text-text3">{agent.queued > 0 ? `${number(agent.queued)} waiting` : 'Nothing to do'}</span>
        ) : (
          <>
            <TaskLink id={current} name={running.get(current)} />
            {more > 0 && <span className="num shrink-0 text-text3">and {number(more)} more</span>}
            {agent.queued > 0 && <span className="num ml-auto shrink-0 text-text3">{number(agent.queued)} waiting</span>}
          </>
        )}
      </p>
      <dl className="num grid grid-cols-3 gap-2 border-t border-line pt-3 text-sm">
        <Fact name="Done, 24 h" value={number(day.done)} />
        <Fact name="Half in" value={agent.response_ms === null ? (day.average === null ? NONE : duration(day.average)) : duration(agent.response_ms)} />
        <Fact name="Success" value={percent(agent.success_rate ?? day.success)} bad={isBad(agent)} />
      </dl>
    </article>
  );
}

/** Below what its own definition asks for, else below what is asked of all. */
function isBad({ success_rate: rate, definition }: Agent): boolean {
  return rate !== null && rate < (definition?.thresholds?.success_rate ?? 85);
}

function Fact({ name, value, bad = false }: { name: string; value: string; bad?: boolean }) {
  return (
    <div>
      <dt className="text-xs text-text3">{name}</dt>
      <dd className={`m-0 font-medium ${bad ? 'text-warn' : ''}`}>{value}</dd>
    </div>
  );
}
