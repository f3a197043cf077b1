import { useQuery } from '@tanstack/react-query';
import { read, type Schemas } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { Chart, type Line } from '@/kit/Chart.tsx';
import { counted, NONE, number, percent } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { Tile } from '@/kit/Tile.tsx';
import { duration } from '@/kit/time.ts';
import { useEngine } from './engines.ts';
import { Times, useDepth } from './parts.tsx';

const QUEUE = 'parallel_mind';
/** docs/engines/parallel_mind.md: a busy queue has 4 to 16 workers while a job of this engine runs. */
const LEAST = 4;
const MOST = 16;
const DEPTH: readonly Line[] = [
  { label: 'Waiting', colour: '--parallel-line' },
  { label: 'Running', colour: '--coord-line', dash: [6, 3] },
];
const LINE = { label: '95 % within', colour: '--parallel-line' };

/** Who works, on how much at once, and what waits. */
export default function Parallel() {
  const seen = useEngine(QUEUE);
  const status = seen?.value;
  const workers = useQuery({ ...read('/api/workers'), refetchInterval: 1_000 });
  const depth = useDepth(QUEUE);
  const slots = workers.data?.reduce((sum, { slots: own }) => sum + own, 0) ?? null;
  const held = workers.data?.reduce((sum, { held: own }) => sum + (own?.length ?? 0), 0) ?? null;
  return (
    <>
      <section aria-label="Figures" className="grid grid-cols-2 gap-3 md:grid-cols-4">
        <Tile label="Workers" at={workers.data === undefined ? null : workers.dataUpdatedAt} value={`${number(workers.data?.length)} of ${MOST}`} note={`${LEAST} to ${MOST} for each queue that a job fills`} />
        <Tile label="Slots busy" at={workers.data === undefined ? null : workers.dataUpdatedAt} value={`${number(held)} of ${number(slots)}`} note="of all workers" />
        <Tile label="Waiting" at={seen?.at ?? null} value={number(status?.queued)} note={`${number(status?.running)} running`} />
        <Tile label="Response p95" at={seen?.at ?? null} value={status?.response_p95_ms ? duration(status.response_p95_ms) : NONE} note={`${percent(status?.success_rate)} succeeded, last minutes`} />
      </section>
      <Card title="Workers" aside="Each square is a slot; a filled one runs a task">
        <Shown query={workers}>
          {(all) =>
            all.length === 0 ? (
              <EmptyState command="revo up">No worker is alive.</EmptyState>
            ) : (
              <ul aria-label="Workers" className="grid gap-2 sm:grid-cols-2 xl:grid-cols-4">
                {all.map((worker) => (
                  <Worker key={worker.id} worker={worker} />
                ))}
              </ul>
            )
          }
        </Shown>
      </Card>
      <Card title="Queue" aside="Live, the last minutes">
        <Chart label="Tasks that wait and that run, over the last minutes" series={depth} lines={DEPTH} format={number} />
      </Card>
      <Times title="Response time" of={{ kind: 'queue', name: QUEUE }} measure="response_p95" line={LINE} command="revo function ls parallel_mind" />
    </>
  );
}

const DRAWN = 64;

function Worker({ worker: { id, slots, held, state } }: { worker: Schemas['WorkerInfo'] }) {
  const busy = held.length;
  return (
    <li className="rounded-button border border-line p-3">
      <div className="flex items-baseline justify-between gap-2">
        <code className="truncate font-mono text-xs">{id}</code>
        <span className="num shrink-0 text-xs text-text2">
          {busy} of {counted(slots, 'slot')}
          {state === 'draining' ? ', draining' : ''}
        </span>
      </div>
      <div aria-hidden className="mt-2 flex flex-wrap gap-1">
        {Array.from({ length: Math.min(slots, DRAWN) }, (_, place) => (
          <span key={place} className={`size-3 rounded-[3px] border ${place < busy ? 'border-engine-line bg-engine-line' : 'border-control'}`} />
        ))}
      </div>
      <p className="mt-2 h-4 truncate text-xs text-text3">{held.map((one) => one.function).join(', ')}</p>
    </li>
  );
}
