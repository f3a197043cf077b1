import { here } from '@/api/clock.ts';
import { Moment } from '@/kit/Moment.tsx';
import { useNow } from '@/kit/time.ts';
import { until } from './plan.ts';

/** When it comes: a countdown, and the moment in the clock that the user chose. */
export function Next({ at }: { at: string }) {
  const now = useNow();
  return (
    <span className="inline-flex flex-wrap gap-x-2">
      <span className="num font-medium whitespace-nowrap">{until(here(at), now)}</span>
      <span className="text-text3">
        <Moment at={at} />
      </span>
    </span>
  );
}
