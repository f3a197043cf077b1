import { here } from '@/api/clock.ts';
import { CopyButton } from '@/kit/Copy.tsx';
import { counted } from '@/kit/figures.ts';
import { Since } from '@/kit/Moment.tsx';
import { command, type Queue, type Shown, unserved } from './fleet.ts';

const MOST = 5;

/** What waits for nobody, in words, with what would change it. */
export function Unserved({ queues, workers }: { queues: readonly Queue[]; workers: readonly Shown[] }) {
  const lonely = unserved(queues);
  if (lonely.length === 0) return null;
  const drained = workers.filter(({ state }) => state === 'drained').length;
  return (
    <section aria-label="Unserved queues" className="grid gap-3 rounded-card border border-crit/60 bg-crit-soft p-4">
      <ul className="grid gap-3">
        {lonely.slice(0, MOST).map(({ queue, queued, oldest_at: oldest }) => (
          <li key={queue} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
            <p>
              Nobody serves <code className="rounded-control bg-surface px-1 font-mono text-sm">{queue}</code>; {counted(queued, 'task')} {queued === 1 ? 'waits' : 'wait'}
              {oldest && (
                <>
                  , the oldest for <Since at={here(oldest)} />
                </>
              )}
              .
            </p>
            <span className="flex max-w-full items-center gap-1 text-sm text-text2">
              Start one with
              <code className="overflow-x-auto rounded-control bg-surface px-2 py-1 font-mono text-xs text-text">{command(queue)}</code>
              <CopyButton text={command(queue)} label={`Copy the command for ${queue}`} />
            </span>
          </li>
        ))}
      </ul>
      {lonely.length > MOST && <p className="text-sm text-text2">And {counted(lonely.length - MOST, 'more queue')}, below “Lanes”.</p>}
      <p className="text-xs text-text2">
        Where its functions are your own, name their module or file first: <code className="font-mono">revo work my_module.py --only …</code>
        {drained > 0 && ` ${counted(drained, 'worker')} ${drained === 1 ? 'is' : 'are'} drained: resuming ${drained === 1 ? 'it' : 'one'} may do.`}
      </p>
    </section>
  );
}
