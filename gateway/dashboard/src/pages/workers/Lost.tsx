import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState } from 'react';
import { read, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { IconButton } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { Ago } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { Recovery } from './Recovery.tsx';
import { isOver } from './recovery.ts';

type Told = Schemas['Recovery'];

const SOON = 300;
const LATER = 5_000;
const PATIENCE = 15_000;

/** What becomes of one lost worker, as it happens. */
export function RecoveryPanel({ worker, onClose }: { worker: string; onClose: () => void }) {
  const [opened] = useState(Date.now);
  const query = useQuery({
    ...read('/api/workers/lost', { params: { query: { worker } } }),
    // Where nobody has told of it yet it was killed this moment, or never.
    refetchInterval: ({ state: { data } }) => ((data?.[0] === undefined ? Date.now() - opened < PATIENCE : !isOver(data[0])) ? SOON : LATER),
  });
  return (
    <Card
      title="Recovery"
      aside={
        <IconButton kind="quiet" label="Close the recovery" onClick={onClose}>
          <X size={14} aria-hidden />
        </IconButton>
      }
    >
      <Shown query={query}>
        {([told]) =>
          told === undefined ? (
            <p role="status" className="text-text2">
              Nobody has told of the death of <bdi>{worker}</bdi>, within a day.
            </p>
          ) : (
            <Recovery told={told} />
          )
        }
      </Shown>
    </Card>
  );
}

/** Every worker that was lost within a day. */
export function Lost({ query }: { query: UseQueryResult<Told[]> }) {
  return (
    <Shown query={query}>
      {(all) =>
        all.length === 0 ? (
          <EmptyState command="revo worker lost">No worker was lost within a day.</EmptyState>
        ) : (
          <ul aria-label="Lost workers" className="grid gap-3">
            {all.map((told) => (
              <li key={told.worker} className="card p-4">
                <p className="mb-3 text-xs text-text3">
                  <Ago at={here(told.at)} />
                </p>
                <Recovery told={told} />
              </li>
            ))}
          </ul>
        )
      }
    </Shown>
  );
}
