import { here } from '@/api/clock.ts';
import { bytes, counted, NONE, number, percent } from '@/kit/figures.ts';
import { Ago, Since } from '@/kit/Moment.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { duration } from '@/kit/time.ts';
import { TaskLink } from '@/pages/agents/TaskLink.tsx';
import type { Shown } from './fleet.ts';
import { WorkerActions } from './WorkerActions.tsx';

const DRAWN = 64;
const NAMED = 4;
const TASKS = 4;

interface Props {
  worker: Shown;
  /** Whether workers are killed here. */
  faults: boolean;
  /** Whether it is known to have been lost. */
  lost: boolean;
  onRecovery: () => void;
  /** Of its name: below the name of its host, where that is told. */
  level: 'h2' | 'h3';
}

/** One worker: who it is, what it does now, how it did, and what can be done with it. */
export function WorkerRow({ worker, faults, lost, onRecovery, level: Heading }: Props) {
  const { id, state, part, pid, leftAt, slots } = worker;
  // Of a place there are no figures, and those of one that has left are not true any more.
  const there = leftAt === null && slots !== null;
  return (
    <article aria-label={id} className={`card grid gap-x-6 gap-y-3 p-4 lg:grid-cols-[minmax(0,1.2fr)_minmax(0,1.3fr)_minmax(0,1.8fr)_8.5rem] ${there ? '' : 'bg-sunken'}`}>
      <div className="grid content-start gap-1.5">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <StatusChip state={state} filled />
          <span className="text-xs text-text3">{leftAt === null ? <Told worker={worker} /> : <>left <Ago at={leftAt} /></>}</span>
        </div>
        <Heading className="truncate font-mono text-sm font-medium" title={id}>
          <bdi>{id}</bdi>
        </Heading>
        <p className="num text-xs text-text3">
          {part ?? 'no supervisor'}
          {pid !== null && ` · pid ${pid}`}
          {worker.restarts > 0 && ` · ${counted(worker.restarts, 'restart')}`}
        </p>
        <Queues names={worker.queues} />
      </div>
      <div className="grid content-start gap-2">{there ? <Now worker={worker} /> : <p className="text-sm text-text2">{why(worker, lost)}</p>}</div>
      {there ? <Facts worker={worker} /> : <div className="hidden lg:block" />}
      <WorkerActions worker={worker} faults={faults} lost={lost} onRecovery={onRecovery} />
    </article>
  );
}

/** Of a worker how old its word is; of a place for how long it has stood so. */
function Told({ worker: { slots, at } }: { worker: Shown }) {
  return slots === null ? (
    <>
      for <Since at={here(at)} />
    </>
  ) : (
    <>
      told <Ago at={here(at)} />
    </>
  );
}

function why({ state }: Shown, lost: boolean): string {
  if (state === 'frozen') return 'Its process is there, and has said nothing for long: what it held is with others.';
  if (state === 'drained') return 'Drained: its place stays empty until it is resumed.';
  if (state === 'starting') return 'Its supervisor fills its place again.';
  if (state === 'restarting') return 'Its process is gone; its supervisor starts another one.';
  return lost ? 'It was lost.' : 'It has left.';
}

function Queues({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p className="text-xs text-text2" title={names.join(', ')}>
      {names.length > NAMED ? (
        <>
          serves {counted(names.length, 'queue')}: {names.slice(0, NAMED - 1).join(', ')}, …
        </>
      ) : (
        <>serves {names.join(', ')}</>
      )}
    </p>
  );
}

/** Its slots, and the tasks that it holds with how long it has had them. */
function Now({ worker: { held, slots } }: { worker: Shown }) {
  const all = slots ?? 0;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="num text-sm text-text2">
          {held.length} of {counted(all, 'slot')} busy
        </span>
        <span aria-hidden className="flex flex-wrap gap-0.5">
          {Array.from({ length: Math.min(all, DRAWN) }, (_, place) => (
            <span key={place} className={`size-2.5 rounded-[2px] border ${place < held.length ? 'border-info bg-info' : 'border-control'}`} />
          ))}
        </span>
      </div>
      {held.length > 0 && (
        <ul aria-label="Does now" className="grid gap-1 text-sm">
          {held.slice(0, TASKS).map((one) => (
            <li key={one.ack} className="flex min-w-0 items-baseline gap-2">
              <TaskLink id={one.id} name={one.function} />
              {one.attempt > 1 && <span className="num shrink-0 text-xs text-warn">attempt {one.attempt}</span>}
              <span className="ml-auto shrink-0 text-xs text-text3">
                <Since at={here(one.since)} />
              </span>
            </li>
          ))}
          {held.length > TASKS && <li className="num text-xs text-text3">and {number(held.length - TASKS)} more</li>}
        </ul>
      )}
    </>
  );
}

function Facts({ worker }: { worker: Shown }) {
  const { completed, failed, run_ms: mean, cpu, memory, started_at: started, stuck } = worker;
  const done = completed === null ? null : completed + (failed ?? 0);
  return (
    <div className="grid content-start gap-2">
      <dl className="num m-0 grid grid-cols-3 gap-x-4 gap-y-2 text-sm">
        <Fact name="Finished" value={number(done)} />
        <Fact name="Success" value={percent(worker.success_rate)} bad={(worker.success_rate ?? 100) < 85} />
        <Fact name="Mean time" value={mean === null ? NONE : duration(mean)} />
        <Fact name="CPU" value={percent(cpu)} />
        <Fact name="Memory" value={bytes(memory)} />
        <div>
          <dt className="text-xs text-text3">Up</dt>
          <dd className="m-0 font-medium">{started ? <Since at={here(started)} /> : NONE}</dd>
        </div>
      </dl>
      {stuck.length > 0 && <p className="text-xs text-warn">Would not stop: {stuck.join(', ')}</p>}
    </div>
  );
}

function Fact({ name, value, bad = false }: { name: string; value: string; bad?: boolean }) {
  return (
    <div>
      <dt className="text-xs text-text3">{name}</dt>
      <dd className={`m-0 font-medium ${bad ? 'text-warn' : ''}`}>{value}</dd>
    </div>
  );
}
