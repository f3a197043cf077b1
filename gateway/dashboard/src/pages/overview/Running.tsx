import { useQuery } from '@tanstack/react-query';
import { queries, read } from '@/api/client.ts';
import { here, there } from '@/api/clock.ts';
import { Card } from '@/kit/Card.tsx';
import { Since } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { useChannel } from '@/live/live.ts';

const MOST = 8;
const running = read('/api/tasks', { params: { query: { state: 'running', limit: MOST } } });

interface Row {
  id: string;
  function: string;
  state: string;
  started_at?: string;
  submitted_at?: string;
  worker?: string;
}

function without(rows: readonly Row[], id: string): readonly Row[] {
  return rows.some((row) => row.id === id) ? rows.filter((row) => row.id !== id) : rows;
}

/** Puts what was heard into what was read, so that nothing waits for the next look; equal rows render nothing. */
function change(to: (rows: readonly Row[]) => readonly Row[]): void {
  queries.setQueryData(running.queryKey, (page) => {
    if (page === undefined) return page;
    const before = page.items as unknown as readonly Row[];
    const after = to(before);
    return after === before ? page : { ...page, items: after.slice(0, MOST) as unknown as typeof page.items };
  });
}

/** What runs this moment. */
export function Running() {
  const query = useQuery({ ...running, refetchInterval: 5_000 });
  useChannel('task_events', ({ payload }) => 'worker' in payload && change((rows) => [{ ...payload, state: 'running' }, ...without(rows, payload.id)]));
  useChannel('task_completion', ({ payload }) => change((rows) => without(rows, payload.id)));
  return (
    <Card title="Running now">
      <Shown query={query}>
        {(page) => {
          const rows = page.items as unknown as Row[];
          if (rows.length === 0) {
            return <EmptyState command="revo run security.scan --path .">Nothing runs.</EmptyState>;
          }
          return (
            <ul className="grid">
              {rows.map((row) => (
                <li key={row.id} className="flex h-[var(--row)] items-center gap-3 border-b border-line last:border-0">
                  <StatusChip state={row.state} />
                  <span className="min-w-0 truncate font-medium">{row.function}</span>
                  <span className="ml-auto hidden truncate font-mono text-xs text-text3 sm:inline">{row.worker}</span>
                  <span className="w-20 shrink-0 text-right text-sm text-text2">
                    <Since at={here(row.started_at ?? row.submitted_at ?? there())} />
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Shown>
    </Card>
  );
}
