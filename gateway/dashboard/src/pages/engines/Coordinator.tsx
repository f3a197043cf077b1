import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { read, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Card } from '@/kit/Card.tsx';
import { counted, NONE, number, percent } from '@/kit/figures.ts';
import { Since } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { Tile } from '@/kit/Tile.tsx';
import { duration } from '@/kit/time.ts';
import { useCoordination } from '@/pages/overview/data.ts';
import { useEngine } from './engines.ts';
import { Times } from './parts.tsx';

type Job = Schemas['subjects.client.collaborations.Collaboration'];

const QUEUE = 'coordinator';
/** Milliseconds that a job may wait for the coordinator itself. */
const TARGET = 5_000;
const LINE = { label: '95 % within', colour: '--coord-line' };

/** Which jobs of several engines run, and how far each part is. */
export default function Coordinator() {
  const seen = useEngine(QUEUE);
  const own = useCoordination();
  const query = useQuery({ ...read('/api/engines/collaboration', { params: { query: { limit: 20 } } }), refetchInterval: 2_000 });
  const running = query.data?.filter(({ state }) => state === 'running').length ?? null;
  const status = seen?.value;
  return (
    <>
      <section aria-label="Figures" className="grid grid-cols-2 gap-3 md:grid-cols-4">
        <Tile label="Active collaborations" at={query.data === undefined ? null : query.dataUpdatedAt} value={number(running)} note={`${number(status?.queued)} waiting`} />
        <Tile label="Coordination, half within" at={own.at} value={time(own.p50)} note={`apart from the engines' work · ${counted(own.jobs ?? 0, 'job')} in the last hour`} />
        <Tile label="Coordination, 95 % within" at={own.at} value={time(own.p95)} tone={own.p95 !== null && own.p95 > TARGET ? 'warn' : 'ok'} note={`at most ${duration(TARGET)} · whole jobs ${time(status?.response_p95_ms)}`} />
        <Tile label="Success" at={seen?.at ?? null} value={percent(status?.success_rate)} note={`${number(status?.throughput)} a minute`} />
      </section>
      <Card title="Collaborations">
        <Shown query={query}>
          {(jobs) =>
            jobs.length === 0 ? (
              <EmptyState command="revo function ls coordinator">No job of several engines runs or has run.</EmptyState>
            ) : (
              <ul aria-label="Collaborations" className="grid gap-3">
                {jobs.map((job) => (
                  <Collaboration key={job.id} job={job} />
                ))}
              </ul>
            )
          }
        </Shown>
      </Card>
      <Times title="Coordination time" question="coordination_series" of={{}} measure="overhead_p95" line={LINE} limit={TARGET} command="revo function ls coordinator" />
    </>
  );
}

function Collaboration({ job: { id, function: name, state, parts, since, error } }: { job: Job }) {
  const to: string = `/tasks/${encodeURIComponent(id)}`;
  return (
    <li className="rounded-button border border-line p-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StatusChip state={state} />
        <Link to={to} title={id} className="font-medium underline-offset-2 hover:underline">
          {name}
        </Link>
        {state === 'running' && since && (
          <span className="ml-auto text-sm text-text2">
            <Since at={here(since)} />
          </span>
        )}
      </div>
      {error && <p className="mt-1 text-sm wrap-anywhere text-crit">{error}</p>}
      {parts.length > 0 && (
        <ol aria-label="Parts" className="mt-2 flex flex-wrap gap-2">
          {parts.map((part) => (
            <li key={`${part.part} ${part.task ?? ''}`} data-engine={part.engine} title={part.reason} className="rounded-control border border-line bg-sunken px-2 py-1 text-xs">
              <span className="font-medium text-engine">{part.part}</span> <span className="text-text3">{part.function}</span>
              <span className="num ml-2 inline-flex items-center gap-2 text-text2">
                <StatusChip state={part.state} /> {part.ms === null || part.ms === undefined ? '' : duration(part.ms)}
              </span>
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}

function time(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? NONE : duration(ms);
}
