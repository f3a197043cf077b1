import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { here } from '@/api/clock.ts';
import { Button } from '@/kit/Button.tsx';
import { Confirm } from '@/kit/Confirm.tsx';
import { Ago } from '@/kit/Moment.tsx';
import { Next } from './Next.tsx';
import type { View } from './plan.ts';
import { cancel } from './useSchedules.ts';

/** Tasks that wait for their time, the next one first. */
export function Delayed({ views }: { views: readonly View[] }) {
  const [asked, ask] = useState<View | null>(null);
  return (
    <>
      <ul className="card divide-y divide-line" aria-label="Delayed tasks">
        {views.map((view) => (
          <li key={view.name} className="grid items-center gap-x-4 gap-y-2 px-4 py-3 md:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)_8rem_6rem]">
            <div className="min-w-0">
              <Link to="/tasks/$id" params={{ id: view.name }} className="font-mono text-sm break-all hover:underline">
                {view.name}
              </Link>
              <p className="truncate text-sm text-text2">
                {view.function} · {view.priority}
                {view.attempt !== null && view.attempt !== undefined && ` · attempt ${view.attempt} of a task that failed before`}
              </p>
            </div>
            <div className="text-sm">{view.next[0] !== undefined && <Next at={view.next[0]} />}</div>
            <span className="text-sm text-text3">{view.changed_at !== null && view.changed_at !== undefined && <>since <Ago at={here(view.changed_at)} /></>}</span>
            <Button kind="danger" aria-label={`Cancel ${view.name}`} onClick={() => ask(view)}>
              Cancel
            </Button>
          </li>
        ))}
      </ul>
      {asked !== null && (
        <Confirm title="Cancel a delayed task" word="Cancel 1 task" danger act={() => cancel(asked)} onClose={() => ask(null)}>
          {asked.function} will not run; its outcome is `canceled`, and it can be tried again from its page.
        </Confirm>
      )}
    </>
  );
}
