import { useQuery } from '@tanstack/react-query';
import { read } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { NONE, number, percent } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { look, StatusChip } from '@/kit/Status.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { duration } from '@/kit/time.ts';
import { useLatest } from '@/live/gathered.ts';
import { agents } from '@/live/latest.ts';

const WORST = ['error', 'overloaded', 'processing', 'stopped', 'idle', 'offline'];

/** How many agents are in which state, and each of them. */
export function Agents() {
  const query = useQuery({ ...read('/api/agents', { params: { query: { limit: 100 } } }), refetchInterval: 10_000 });
  const heard = useLatest(agents);
  return (
    <Card title="Agents">
      <Shown query={query}>
        {(all) => {
          if (all.length === 0) return <EmptyState command="revo up">No worker has announced an agent.</EmptyState>;
          const now = all.map((agent) => ({ ...agent, ...heard.get(agent.id)?.value }));
          const states = Map.groupBy<string, (typeof now)[number]>(now, ({ status }) => status);
          return (
            <>
              <p className="mb-3 flex flex-wrap gap-x-4 gap-y-1">
                {WORST.filter((state) => states.has(state)).map((state) => (
                  <span key={state} className="num inline-flex items-center gap-1.5 text-text2">
                    <StatusChip state={state} /> {states.get(state)?.length}
                  </span>
                ))}
              </p>
              <ul className="grid grid-cols-1 gap-2 sm:grid-cols-2">
                {now.map(({ id, status, current, response_ms: response, success_rate: rate, running }) => (
                  <li key={id} className="rounded-button border border-line p-3" aria-label={`${id}, ${look(status).word}`}>
                    <div className="flex items-center justify-between gap-2">
                      <span className="truncate font-medium">{id}</span>
                      <StatusChip state={status} />
                    </div>
                    <p className="truncate text-sm text-text2">{running > 0 ? `${number(running)} running: ${current[0] ?? ''}` : 'Nothing to do'}</p>
                    <p className="num mt-1 text-xs text-text3">
                      {response === null && rate === null ? 'nothing ended in the last minutes' : `half in ${response === null ? NONE : duration(response)} · ${percent(rate)} succeeded`}
                    </p>
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </Shown>
    </Card>
  );
}
