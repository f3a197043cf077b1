import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Schemas } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { CopyButton } from '@/kit/Copy.tsx';
import { here } from '@/api/clock.ts';
import { Moment } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { Pane } from './Pane.tsx';
import { Progress } from './Progress.tsx';
import { ENDED, useTask } from './known.tsx';
import type { Tab } from './tabs.ts';
import { useTold } from './useTold.ts';

interface Props {
  id: string;
  /** How it was accepted, where that was just now. */
  given: Schemas['Accepted'] | null;
}

/** What becomes of the task that was submitted, as it happens. */
export function Outcome({ id, given }: Props) {
  const query = useTask(id);
  const open = query.data !== undefined && !ENDED.has(query.data.state);
  const told = useTold(id, open);
  const [tab, setTab] = useState<Tab>();
  // Below the form on a phone: what was just submitted is brought into sight.
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (given !== null) place.current?.scrollIntoView({ block: 'nearest' });
  }, [given]);
  return (
    <div ref={place} className="min-w-0 scroll-mb-20">
      <Card
        title="Outcome"
        aside={
          <Link to="/tasks/$id" params={{ id }} className="underline">
            Open the task
          </Link>
        }
      >
        <Shown query={query} missing={`Task ${id}`}>
          {(view) => (
            <div className="grid grid-cols-1 gap-3">
              <div role="status" className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <StatusChip state={view.state} filled />
                <span className="flex min-w-0 items-center gap-1 font-mono text-xs text-text3">
                  <bdi className="truncate">{id}</bdi>
                  <CopyButton text={id} label="Copy the id" />
                </span>
                {view.at !== undefined && view.at !== null && !view.started_at && open && (
                  <span className="text-sm text-text2">
                    Starts at <Moment at={here(view.at)} />
                  </span>
                )}
              </div>
              {given?.duplicate === true && <p className="text-sm text-warn">This key was given before: here is the first task that had it.</p>}
              {view.state === 'running' && <Progress view={view} told={told} />}
              <Pane id={id} tab={tab} told={told} onTab={setTab} />
            </div>
          )}
        </Shown>
      </Card>
    </div>
  );
}
