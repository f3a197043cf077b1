import { Link } from '@tanstack/react-router';
import { here } from '@/api/clock.ts';
import { Card } from '@/kit/Card.tsx';
import { Ago } from '@/kit/Moment.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { useOpenAlerts } from '@/live/alerts.ts';

const MOST = 8;
const RANK: Record<string, number> = { critical: 0, warning: 1, info: 2 };

/** What rings or is looked after, the worst first. */
export function Alerts() {
  const { query, rows } = useOpenAlerts();
  const shown = rows.toSorted((one, other) => (RANK[one.severity] ?? 3) - (RANK[other.severity] ?? 3) || other.since.localeCompare(one.since));
  return (
    <Card title="Alerts">
      {shown.length === 0 ? (
        <EmptyState>{query.data === undefined ? 'Not known yet.' : 'Nothing rings.'}</EmptyState>
      ) : (
        <ul className="grid gap-2">
          {shown.slice(0, MOST).map(({ id, rule, severity, state, summary, since }) => (
            <li key={id} className="rounded-button border border-line p-3">
              <div className="flex items-center justify-between gap-2">
                <Link to="/alerts" className="truncate font-medium hover:underline">
                  {rule}
                </Link>
                <StatusChip state={state === 'firing' ? severity : state} />
              </div>
              <p className="text-sm text-text2">{summary}</p>
              <p className="text-xs text-text3">
                <Ago at={here(since)} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
