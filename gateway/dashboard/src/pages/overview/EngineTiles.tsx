import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { read, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { isKept } from '@/api/kept.ts';
import { type Engine, ENGINES } from '@/kit/engines.ts';
import { counted, NONE, number, percent } from '@/kit/figures.ts';
import { StatusChip } from '@/kit/Status.tsx';
import { Age } from '@/kit/Tile.tsx';
import { duration } from '@/kit/time.ts';
import { type Measured, useLatest } from '@/live/gathered.ts';
import { engines } from '@/live/latest.ts';
import { recallP95, useCoordination } from './data.ts';

type Status = Schemas['QueueStatus'];

const RECALL_TARGET = 100;
const INNOVATION_TARGET = 0.6;
const COORDINATION_TARGET = 5_000;

/** The four engines, each with the one figure that it is judged by. */
export function EngineTiles() {
  const heard = useLatest(engines);
  const { data } = useQuery(read('/api/engines'));
  return (
    <section aria-label="Engines" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
      {ENGINES.map((engine) => {
        const told = data?.find(({ queue }) => queue === engine.queue);
        const status = heard.get(engine.queue) ?? (told && { value: told, at: here(told.updated_at) });
        return <EngineTile key={engine.queue} engine={engine} status={status} />;
      })}
    </section>
  );
}

function EngineTile({ engine, status }: { engine: Engine; status: Measured<Status> | undefined }) {
  const Icon = engine.icon;
  const Key = KEYS[engine.queue];
  return (
    <article aria-label={engine.name} data-engine={engine.queue} className="card engine-card grid content-start gap-1 p-4">
      <div className="mb-2 flex items-center justify-between gap-2">
        <h2 className="flex items-center gap-2 text-base font-medium">
          <span className="grid size-7 place-items-center rounded-control bg-engine-soft text-engine">
            <Icon size={16} aria-hidden />
          </span>
          {engine.name}
        </h2>
        {status !== undefined && <StatusChip state={status.value.status} />}
      </div>
      {Key !== undefined && <Key status={status?.value} />}
      <div className="num mt-1 flex justify-between gap-2 text-xs text-text3">
        <span>{status === undefined ? 'Not heard of yet' : did(status.value)}</span>
        <Age at={status?.at ?? null} fresh={20_000} always />
      </div>
    </article>
  );
}

function did({ success_rate: rate, throughput, queued }: Status): string {
  const done = throughput > 0 ? `${number(throughput)} a minute` : 'nothing in the last minutes';
  const well = rate === null ? '' : ` · ${percent(rate)} succeeded`;
  return `${done}${well}${queued > 0 ? ` · ${number(queued)} waiting` : ''}`;
}

function KeyFigure({ value, meaning }: { value: ReactNode; meaning: ReactNode }) {
  return (
    <>
      <div className="num text-2xl font-semibold text-engine">{value}</div>
      <div className="text-sm text-text2">{meaning}</div>
    </>
  );
}

function Recall() {
  const { data } = useQuery({ ...read('/api/engines/{type}/metrics', { params: { path: { type: 'perfect_recall' } } }), refetchInterval: 10_000 });
  const p95 = recallP95(data?.functions ?? []);
  const missed = p95 !== null && p95 > RECALL_TARGET;
  return (
    <KeyFigure
      value={p95 === null ? NONE : duration(p95)}
      meaning={
        <>
          Recall p95, last hour · {missed ? <strong className="text-warn">above the 100 ms aimed at</strong> : 'at most 100 ms'}
        </>
      }
    />
  );
}

function Workers({ status }: { status: Status | undefined }) {
  return (
    <KeyFigure
      value={status === undefined ? NONE : `${number(status.workers)} / 16`}
      meaning={`Workers, 4 to 16 · ${status === undefined ? NONE : counted(status.running, 'task')} running`}
    />
  );
}

function Innovation() {
  const { data } = useQuery({ ...read('/api/tasks', { params: { query: { queue: 'creative', state: 'completed', limit: 1 } } }), refetchInterval: 15_000 });
  const id = ((data?.items ?? []) as { id: string; finished_at?: string }[]).find(isKept);
  const { data: result } = useQuery({
    ...read('/api/tasks/{id}/result', { params: { path: { id: id?.id ?? '' } } }),
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const best = innovationOf(result?.output);
  return <KeyFigure value={best === null ? NONE : best.toFixed(2)} meaning={`Best idea of the last task · more than ${INNOVATION_TARGET}`} />;
}

/** The highest score among the ideas of a creative task; null where it scored none. */
function innovationOf(output: unknown): number | null {
  const scores: number[] = [];
  JSON.stringify(output ?? null, (key, value: unknown) => {
    if (key === 'innovation' && typeof value === 'number') scores.push(value);
    return value;
  });
  return scores.length === 0 ? null : Math.max(...scores);
}

function Coordination({ status }: { status: Status | undefined }) {
  const { p95 } = useCoordination();
  const running = counted(status?.running ?? 0, 'job');
  return (
    <KeyFigure
      value={p95 === null ? NONE : duration(p95)}
      meaning={
        <>
          Coordination p95, last hour · {p95 !== null && p95 > COORDINATION_TARGET ? <strong className="text-warn">above the 5 s aimed at</strong> : 'at most 5 s'}
          {status !== undefined && status.running > 0 && ` · ${running} running`}
        </>
      }
    />
  );
}

const KEYS: Record<string, (props: { status: Status | undefined }) => ReactNode> = {
  perfect_recall: Recall,
  parallel_mind: Workers,
  creative: Innovation,
  coordinator: Coordination,
};
