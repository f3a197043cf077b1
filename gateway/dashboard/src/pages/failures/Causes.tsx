import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { read } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Button } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { number } from '@/kit/figures.ts';
import { Message } from '@/kit/Message.tsx';
import { Ago } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState, FilterEmpty } from '@/kit/states.tsx';
import { Requeue } from './Requeue.tsx';
import { type Cause, causes } from './words.ts';
import { HOURS, type Range } from './search.ts';

const route = getRouteApi('/failures');
const EVERY = 10_000;

function failures(hours: number, queue: string | undefined) {
  const query = { hours, ...(queue === undefined ? {} : { queue }) };
  // What a named question takes stands in its own list, not in the description of the route.
  return read('/api/analytics/queries/{name}', { params: { path: { name: 'failures' }, query: query as object } });
}

/** Failures that have the same reason, as one. */
export function Causes({ range }: { range: Range }) {
  const { queue } = route.useSearch();
  const go = route.useNavigate();
  const query = useQuery({ ...failures(HOURS[range], queue), refetchInterval: EVERY });
  const [chosen, choose] = useState<Cause | null>(null);
  return (
    <>
      <Card title="Causes" aside={queue === undefined ? undefined : `of ${queue}`}>
        <Shown query={query}>
          {(answer) => {
            const all = causes(answer);
            if (all.length === 0) {
              if (queue !== undefined) return <FilterEmpty what="failures" onClear={() => void go({ search: (before) => ({ ...before, queue: undefined }) })} />;
              return <EmptyState command="revo query failures hours=168">Nothing failed in the last {range}.</EmptyState>;
            }
            return (
              <ul className="grid gap-3">
                {all.map((cause) => (
                  <Row key={`${cause.error} ${cause.cause}`} cause={cause} onRetry={() => choose(cause)} />
                ))}
              </ul>
            );
          }}
        </Shown>
      </Card>
      {chosen !== null && (
        <Requeue
          what={`every task that ended with ${chosen.error} since the first of this cause`}
          selection={{ error: chosen.error, since: new Date(chosen.first).toISOString(), ...one(chosen.functions) }}
          onClose={() => choose(null)}
        />
      )}
    </>
  );
}

function one(functions: string[]): { function?: string } {
  const [only, ...others] = functions;
  return only === undefined || others.length > 0 ? {} : { function: only };
}

function Row({ cause, onRetry }: { cause: Cause; onRetry: () => void }) {
  return (
    <li className="grid gap-2 border-b border-line pb-3 last:border-0 last:pb-0 sm:grid-cols-[4rem_minmax(0,1fr)_auto]">
      <div className="num text-xl font-semibold text-crit" title="tasks">
        {number(cause.tasks)}
      </div>
      <div className="grid min-w-0 gap-1">
        <p className="line-clamp-4 font-medium wrap-anywhere">
          <bdi>{cause.cause || cause.message || cause.error}</bdi>
        </p>
        <p className="flex flex-wrap gap-x-3 gap-y-1 text-sm text-text2">
          <code className="font-mono text-xs">{cause.error}</code>
          <span className="wrap-anywhere">{cause.functions.join(', ')}</span>
          <span>
            first <Ago at={here(cause.first)} />, last <Ago at={here(cause.last)} />
          </span>
        </p>
        <details className="text-sm text-text2">
          <summary className="w-fit text-text3 hover:text-text">Example</summary>
          <p className="mt-1 font-mono text-xs break-all">{cause.example}</p>
          <Message label="Message of the example">{cause.message}</Message>
        </details>
      </div>
      <Button onClick={onRetry} aria-label={`Requeue tasks that ended with ${cause.error}: ${cause.cause}`}>
        Requeue…
      </Button>
    </li>
  );
}
