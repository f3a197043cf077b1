import { useQuery } from '@tanstack/react-query';
import { ask, figure } from '@/api/ask.ts';
import { Card } from '@/kit/Card.tsx';
import { bytes, counted, NONE, number } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { Tile } from '@/kit/Tile.tsx';
import { duration } from '@/kit/time.ts';
import { timed, useEngine, useEngineMetrics } from './engines.ts';
import { MemorySearch } from './MemorySearch.tsx';
import { Times } from './parts.tsx';

const QUEUE = 'perfect_recall';
const TARGET = 100;
const LINE = { label: '95 % within', colour: '--recall-line' };

/** How fast memories are found, how many there are, and a way to look for one. */
export default function Recall() {
  const metrics = useEngineMetrics(QUEUE);
  const memories = useQuery({ ...ask('memories'), refetchInterval: 10_000 });
  const status = useEngine(QUEUE);
  const query = timed(metrics.data, 'memory_query');
  const p95 = query?.run_p95 ?? null;
  const sum = (name: string) => memories.data?.reduce((all, row) => all + (figure(row, name) ?? 0), 0) ?? null;
  return (
    <>
      <section aria-label="Figures" className="grid grid-cols-2 gap-3 md:grid-cols-4">
        <Tile
          label="Retrieval p95, last hour"
          at={metrics.data === undefined ? null : metrics.dataUpdatedAt}
          value={p95 === null ? NONE : duration(p95)}
          tone={p95 !== null && p95 > TARGET ? 'warn' : 'ok'}
          note={p95 === null ? 'nothing was recalled' : `${p95 > TARGET ? 'above' : 'within'} the ${TARGET} ms aimed at · ${counted(query?.tasks ?? 0, 'query', 'queries')}`}
        />
        <Tile label="Half of them within" at={metrics.data === undefined ? null : metrics.dataUpdatedAt} value={query?.run_p50 ? duration(query.run_p50) : NONE} note={query?.queue_p95 ? `p95 in the queue ${duration(query.queue_p95)}` : 'run time'} />
        <Tile label="Memories indexed" at={memories.data === undefined ? null : memories.dataUpdatedAt} value={number(sum('memories'))} note={`${bytes(sum('text_bytes'))} of text, ${bytes(sum('vector_bytes'))} of vectors`} />
        <Tile label="Waiting" at={status?.at ?? null} value={number(status?.value.queued)} note={`${number(status?.value.running)} running on ${counted(status?.value.workers ?? 0, 'worker')}`} />
      </section>
      <MemorySearch />
      <Times title="Retrieval time" of={{ kind: 'function', name: 'memory_query' }} measure="run_p95" line={LINE} limit={TARGET} command={'revo run perfect_recall.memory_query --query "what to look for"'} />
      <Card title="Where memories are">
        <Shown query={memories}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState command={'revo run perfect_recall.memory_store --text "the first memory"'}>Nothing is remembered yet.</EmptyState>
            ) : (
              <ul className="grid gap-1">
                {rows.map((row) => (
                  <li key={`${String(row['namespace'])} ${String(row['kind'])}`} className="flex items-baseline gap-3">
                    <code className="min-w-0 truncate font-mono text-xs">{String(row['namespace'])}</code>
                    <span className="text-sm text-text3">{String(row['kind'])}</span>
                    <span className="num ml-auto">{number(figure(row, 'memories'))}</span>
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </Card>
    </>
  );
}
