import { Link } from '@tanstack/react-router';
import { CirclePause, TriangleAlert } from 'lucide-react';
import { percent } from '@/kit/figures.ts';
import { Actions } from './Actions.tsx';
import { Dots } from './Dots.tsx';
import { Next } from './Next.tsx';
import { type View, written } from './plan.ts';

/** Recurring tasks, each with its next time, how the last runs went, and what can be done at once. */
export function Recurring({ views }: { views: readonly View[] }) {
  return (
    <ul className="card divide-y divide-line" aria-label="Schedules">
      {views.map((view) => (
        <li key={view.name} className="grid items-center gap-x-4 gap-y-2 px-4 py-3 [content-visibility:auto] [contain-intrinsic-size:auto_64px] md:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)_19rem_13.5rem]">
          <div className="min-w-0">
            <Link to="/schedules/$name" params={{ name: view.name }} className="font-medium break-words hover:underline">
              {view.name}
            </Link>
            <p className="truncate text-sm text-text2">
              {view.function} · <span title={written(view)}>{view.words}</span>
              {view.timezone !== null && view.timezone !== undefined && ` · ${view.timezone}`}
            </p>
          </div>
          <div className="min-w-0 text-sm">
            <State view={view} />
          </div>
          <div className="flex items-center gap-3 text-sm md:justify-end">
            <Dots runs={view.last_runs} />
            <span className="num w-12 text-right text-text2" title="Completed, of the runs of 7 days">
              {percent(view.success_rate)}
            </span>
          </div>
          <Actions view={view} short />
        </li>
      ))}
    </ul>
  );
}

/** When it comes next, or why not. */
export function State({ view }: { view: View }) {
  const [next] = view.next;
  if (view.paused) {
    return (
      <span className="inline-flex items-center gap-1.5 font-medium text-off">
        <CirclePause size={14} aria-hidden /> Paused
      </span>
    );
  }
  if (next !== undefined) return <Next at={next} />;
  return (
    <span className="inline-flex items-center gap-1.5 text-warn">
      <TriangleAlert size={14} aria-hidden /> <span className="min-w-0 break-words">{view.warnings[0] ?? 'no next time'}</span>
    </span>
  );
}
