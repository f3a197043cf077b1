import type { Schemas } from '@/api/client.ts';
import { percent } from '@/kit/figures.ts';
import type { Told } from './useTold.ts';

/** How far a running task said that it is; nothing where it said nothing. */
export function Progress({ view, told }: { view: Schemas['TaskView']; told: readonly Told[] }) {
  const last = told.findLast(({ kind }) => kind === 'progress');
  const share = last?.progress ?? view.progress ?? null;
  if (share === null) return null;
  return (
    <div className="flex items-center gap-3 text-sm text-text2">
      <div role="progressbar" aria-label="Progress" aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100} className="h-1.5 w-40 overflow-hidden rounded-full bg-sunken">
        <div className="h-full rounded-full bg-info" style={{ width: `${share * 100}%` }} />
      </div>
      <span className="num">{percent(share * 100)}</span>
      <bdi className="truncate">{last?.message ?? view.message}</bdi>
    </div>
  );
}
