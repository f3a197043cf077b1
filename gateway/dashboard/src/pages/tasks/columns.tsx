import { here } from '@/api/clock.ts';
import { ENGINES } from '@/kit/engines.ts';
import { NONE } from '@/kit/figures.ts';
import { Ago, Since } from '@/kit/Moment.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import type { Column } from '@/kit/Table.tsx';
import { duration } from '@/kit/time.ts';
import type { Row } from './feed.ts';

/** The function, with the picture and colour of its engine. */
export function Name({ name }: { name: string }) {
  const queue = name.split('.')[0];
  const engine = ENGINES.find((each) => each.queue === queue);
  const Icon = engine?.icon;
  return (
    <span data-engine={queue} className="inline-flex max-w-full min-w-0 items-center gap-1.5">
      {Icon !== undefined && <Icon size={14} aria-hidden className="shrink-0 text-engine" />}
      <bdi className="truncate font-medium">{name}</bdi>
    </span>
  );
}

function took({ state, started_at, finished_at, run_ms }: Row) {
  if (run_ms !== undefined) return duration(run_ms);
  if (state === 'running' && started_at !== undefined) return <Since at={here(started_at)} />;
  if (started_at !== undefined && finished_at !== undefined) return duration(Date.parse(finished_at) - Date.parse(started_at));
  return NONE;
}

function waited({ state, submitted_at, queue_ms, at, attempt }: Row) {
  // Until its last attempt began: of a task that was tried again most of that was no waiting.
  if (queue_ms !== undefined) return (attempt ?? 1) > 1 ? NONE : duration(queue_ms);
  if (state !== 'queued' || submitted_at === undefined) return NONE;
  return at === undefined ? <Since at={here(submitted_at)} /> : 'delayed';
}

export const COLUMNS: readonly Column<Row>[] = [
  { key: 'state', title: 'State', width: '6.5rem', draw: ({ state }) => <StatusChip state={state} /> },
  { key: 'function', title: 'Function', width: 'minmax(8.5rem,1fr)', draw: ({ function: name }) => <Name name={name} /> },
  {
    key: 'id',
    title: 'Id, or why it failed',
    width: 'minmax(9rem,2fr)',
    draw: ({ id, state, error_message: why }) => (why === undefined || state === 'canceled' ? <span className="font-mono text-xs text-text3">{id}</span> : <bdi className="text-crit">{why}</bdi>),
  },
  { key: 'agent', title: 'Agent', width: 'minmax(3rem,0.5fr)', draw: ({ agent }) => <bdi className="text-text2">{agent ?? NONE}</bdi> },
  { key: 'priority', title: 'Priority', width: '4.5rem', draw: ({ priority }) => <span className="text-text2">{priority ?? NONE}</span> },
  { key: 'queue', title: 'Queued', width: '4.75rem', draw: (row) => <span className="num text-text2">{waited(row)}</span> },
  { key: 'run', title: 'Ran', width: '4.75rem', draw: (row) => <span className="num">{took(row)}</span> },
  { key: 'tries', title: 'Tries', width: '3rem', draw: ({ attempt }) => <span className={`num ${(attempt ?? 0) > 1 ? 'text-warn' : 'text-text2'}`}>{attempt ?? NONE}</span> },
  { key: 'when', title: 'Submitted', width: '6.5rem', draw: ({ submitted_at: at }) => <span className="text-text2">{at === undefined ? NONE : <Ago at={here(at)} />}</span> },
];

/** What a phone has room for. */
export const FEW: readonly Column<Row>[] = [COLUMNS[0]!, { ...COLUMNS[1]!, width: 'minmax(8rem,1fr)' }, { ...COLUMNS[6]!, width: '4.5rem' }];
