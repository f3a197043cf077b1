import type { ReactNode } from 'react';
import { CircleCheck, CircleDashed, CircleX, type LucideIcon } from 'lucide-react';
import { number } from '@/kit/figures.ts';
import { Moment } from '@/kit/Moment.tsx';
import { StatusChip, TEXT, type Tone } from '@/kit/Status.tsx';
import { TaskLink } from '@/pages/agents/TaskLink.tsx';
import { after } from './fleet.ts';
import { death, handedOver, isOver, open, slowest, type Told } from './recovery.ts';

const SHOWN = 8;

/** A death and what followed, in the order in which it did: each line is the word of who was there. */
export function Recovery({ told }: { told: Told }) {
  const { worker, part, pid, host, at, tasks, successor } = told;
  const last = slowest(told);
  return (
    <article aria-label={`Recovery of ${worker}`}>
      <ol aria-live="polite" className="grid gap-2.5">
        <Step icon={CircleX} tone="crit" when={<Moment at={at} />}>
          <code className="font-mono text-sm break-all">{worker}</code> {death(told)}
          <span className="text-text3">{[part, pid === null ? null : `pid ${pid}`, host].filter(Boolean).map((word) => ` · ${word}`)}</span>
        </Step>
        {told.handed_over_at ? (
          <Step icon={CircleCheck} tone="ok" when={after(told.handed_over_after)}>
            {handedOver(told)}
          </Step>
        ) : (
          <Step icon={CircleDashed} tone="off" when="…">
            Nobody has taken over what it held yet
          </Step>
        )}
        {tasks.length > 0 && (
          <Step icon={open(told).length === 0 ? CircleCheck : CircleDashed} tone={open(told).length === 0 ? 'ok' : 'off'} when={last === null ? '…' : after(last)}>
            {open(told).length === 0 ? 'All of them taken up again' : `${number(open(told).length)} of ${number(tasks.length)} still waiting`}
            <ul aria-label="Its tasks" className="mt-1.5 grid gap-1">
              {tasks.slice(0, SHOWN).map((task) => (
                <li key={task.id} className="flex flex-wrap items-center gap-x-3 text-sm">
                  <StatusChip state={task.state} />
                  <span className="flex min-w-0">
                    <TaskLink id={task.id} name={task.function ?? undefined} />
                  </span>
                  {task.worker && (
                    <span className="num min-w-0 text-text2">
                      on <code className="font-mono text-xs break-all">{task.worker}</code> {after(task.seconds)}
                    </span>
                  )}
                </li>
              ))}
              {tasks.length > SHOWN && <li className="num text-xs text-text3">and {number(tasks.length - SHOWN)} more</li>}
            </ul>
          </Step>
        )}
        {part !== null && (
          <Step icon={successor ? CircleCheck : CircleDashed} tone={successor ? 'ok' : 'off'} when={successor ? after(told.ready_after) : '…'}>
            {successor ? (
              <>
                <code className="font-mono text-sm break-all">{successor}</code> at work in its place
                {told.successor_pid && <span className="text-text3"> · pid {told.successor_pid}</span>}
              </>
            ) : (
              'Its supervisor starts another one'
            )}
          </Step>
        )}
        {part === null && <li className="text-sm text-text3">No supervisor has told of its end.</li>}
      </ol>
      {isOver(told) && <p className="sr-only">The recovery is complete.</p>}
    </article>
  );
}

function Step({ icon: Icon, tone, when, children }: { icon: LucideIcon; tone: Tone; when: ReactNode; children: ReactNode }) {
  return (
    <li className="grid grid-cols-[1rem_minmax(0,1fr)] gap-x-3 gap-y-0.5 sm:grid-cols-[1rem_7rem_minmax(0,1fr)]">
      <Icon size={16} aria-hidden className={`mt-0.5 ${TEXT[tone]}`} />
      <span className="num text-sm text-text2">{when}</span>
      <div className="col-start-2 min-w-0 sm:col-start-3">{children}</div>
    </li>
  );
}
