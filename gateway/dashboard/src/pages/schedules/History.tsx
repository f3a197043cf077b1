import { Link } from '@tanstack/react-router';
import { here } from '@/api/clock.ts';
import { Moment } from '@/kit/Moment.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { look, TEXT } from '@/kit/Status.tsx';
import { duration } from '@/kit/time.ts';
import type { Run } from './plan.ts';

/** Pixels of the longest run, and of the shortest that can be seen. */
const TALL = 88;
const LEAST = 4;
/** Runs that find room on a phone, each wide enough to be hit. */
const NARROW = 11;

/** The last runs as bars, the newest at the right: as high as they took long, with their state above. */
export function History({ runs }: { runs: readonly Run[] }) {
  if (runs.length === 0) return <EmptyState>No run has ended within 7 days.</EmptyState>;
  const longest = Math.max(1, ...runs.map((run) => run.run_ms ?? 0));
  const first = runs.at(-1);
  return (
    <figure className="grid gap-2">
      <ul className="flex items-end gap-1" aria-label="Durations of the last runs, the newest last" style={{ height: TALL + 20 }}>
        {runs.toReversed().map((run, place) => {
          const { tone, icon: Icon, word } = look(run.state);
          const took = run.run_ms === null ? 'did not start' : duration(run.run_ms);
          return (
            <li key={run.id} className={`max-w-8 min-w-6 flex-1 ${runs.length - place > NARROW ? 'max-sm:hidden' : ''}`}>
              <Link to="/tasks/$id" params={{ id: run.id }} aria-label={`${word}, ${took}`} title={`${word}, ${took}`} className={`grid justify-items-center gap-1 ${TEXT[tone]}`}>
                <Icon size={12} aria-hidden />
                <span className="w-full rounded-t-sm bg-current opacity-70" style={{ height: LEAST + (TALL - LEAST) * ((run.run_ms ?? 0) / longest) }} />
              </Link>
            </li>
          );
        })}
      </ul>
      <figcaption className="flex justify-between text-xs text-text3">
        <span>{first !== undefined && <Moment at={here(first.at)} />}</span>
        <span className="num">longest {duration(longest)}</span>
      </figcaption>
    </figure>
  );
}
