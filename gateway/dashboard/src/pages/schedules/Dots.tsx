import { here } from '@/api/clock.ts';
import { look, TEXT } from '@/kit/Status.tsx';
import { age, duration, useNow } from '@/kit/time.ts';
import type { Run } from './plan.ts';

/** The last runs, the newest at the right: told apart by form as well as colour. */
export function Dots({ runs }: { runs: readonly Run[] }) {
  const now = useNow();
  if (runs.length === 0) return <span className="text-text3">no run yet</span>;
  return (
    <ul className="flex items-center gap-0.5" aria-label={`Last ${runs.length} runs, the newest last`}>
      {runs.toReversed().map((run) => {
        const { tone, icon: Icon, word } = look(run.state);
        const took = run.run_ms === null ? '' : `, ${duration(run.run_ms)}`;
        const said = `${word} ${age(here(run.at), now)}${took}${run.error_type === null ? '' : `, ${run.error_type}`}`;
        return (
          <li key={run.id} title={said} className={TEXT[tone]}>
            <Icon size={12} role="img" aria-label={said} />
          </li>
        );
      })}
    </ul>
  );
}
