import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { CopyButton } from '@/kit/Copy.tsx';
import { NONE } from '@/kit/figures.ts';
import { Moment } from '@/kit/Moment.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { duration } from '@/kit/time.ts';
import { Name } from './columns.tsx';
import { Progress } from './Progress.tsx';
import type { Told } from './useTold.ts';

const moment = (said: string | null | undefined) => (said === null || said === undefined ? null : Date.parse(said));

interface Props {
  view: Schemas['TaskView'];
  told: readonly Told[];
  now: number;
}

/** What it is, how it stands, and the figures that people ask for first. */
export function Head({ view, told, now }: Props) {
  const { result } = view;
  const submitted = moment(view.submitted_at);
  const started = moment(result?.started_at ?? view.started_at);
  const finished = moment(view.finished_at);
  const elapsed = submitted === null ? null : (finished ?? now) - submitted;
  const attempts = result?.attempts ?? view.attempt ?? 0;
  // Of one that was tried again this is the time until its first attempt, where that was told.
  const first = told.find(({ kind, attempt }) => kind === 'started' && attempt === 1);
  const begun = attempts > 1 ? moment(first?.at) : (started ?? finished ?? now);
  const queued = submitted === null || begun === null ? null : begun - submitted;
  const usd = result?.usage?.['usd'];
  const tokens = (result?.usage?.['input_tokens'] ?? 0) + (result?.usage?.['output_tokens'] ?? 0);
  return (
    <Section name={view.function}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="min-w-0 text-xl font-semibold">
          <Name name={view.function} />
        </h1>
        <StatusChip state={view.state} filled />
        <span className="flex min-w-0 items-center gap-1 font-mono text-xs text-text3">
          <bdi className="truncate">{view.id}</bdi>
          <CopyButton text={view.id} label="Copy the id" />
        </span>
      </div>
      {view.state === 'running' && <Progress view={view} told={told} />}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 text-sm sm:grid-cols-4 lg:grid-cols-6">
        <Fact name="Elapsed">{elapsed === null ? NONE : duration(Math.max(0, elapsed))}</Fact>
        <Fact name="Queued">{view.at !== undefined && view.at !== null && started === null ? <Moment at={here(view.at)} /> : queued === null ? NONE : duration(Math.max(0, queued))}</Fact>
        <Fact name="Attempts">{attempts === 0 ? NONE : attempts}</Fact>
        <Fact name="Worker" mono>{result?.worker ?? view.worker ?? NONE}</Fact>
        <Fact name="Agent">{result?.agent ?? NONE}</Fact>
        <Fact name="Priority">{view.priority ?? NONE}</Fact>
        <Fact name="Models">{usd !== undefined ? `$${usd.toFixed(4)}` : tokens > 0 ? `${tokens} tokens, price not known` : NONE}</Fact>
        <Fact name="Submitted">{submitted === null ? NONE : <Moment at={here(submitted)} />}</Fact>
        {result?.parent !== null && result?.parent !== undefined && (
          <Fact name="Parent" mono>
            <Link to="/tasks/$id" params={{ id: result.parent }} className="underline">
              {result.parent}
            </Link>
          </Fact>
        )}
        {result?.trace !== null && result?.trace !== undefined && <Fact name="Trace" mono>{result.trace.split('-')[1] ?? result.trace}</Fact>}
      </dl>
    </Section>
  );
}

function Section({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section aria-label={name} data-engine={name.split('.')[0]} className="card engine-card grid gap-4 p-4">
      {children}
    </section>
  );
}

function Fact({ name, children, mono = false }: { name: string; children: ReactNode; mono?: boolean }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-text3">{name}</dt>
      <dd className={`num truncate ${mono ? 'font-mono text-xs leading-5' : ''}`}>
        <bdi>{children}</bdi>
      </dd>
    </div>
  );
}
