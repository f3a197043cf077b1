import { Link } from '@tanstack/react-router';
import { Bell as Picture } from 'lucide-react';
import { counted } from '@/kit/figures.ts';
import { useOpenAlerts } from '@/live/alerts.ts';

/** How many alerts ring; leads to them. Those that a silence covers, or that somebody looks after, do not count. */
export function Bell() {
  const { query, rows } = useOpenAlerts();
  const firing = rows.filter(({ state, silenced }) => state === 'firing' && !silenced);
  const critical = firing.some(({ severity }) => severity === 'critical');
  const unknown = query.data === undefined && firing.length === 0;
  const label = unknown ? 'Alerts' : `Alerts: ${firing.length === 0 ? 'none rings' : counted(firing.length, 'rings', 'ring')}`;
  return (
    <Link
      to="/alerts"
      aria-label={label}
      title={label}
      className="inline-flex h-8 min-w-8 items-center justify-center gap-1 rounded-button px-2 text-text2 hover:bg-hover hover:text-text pointer-coarse:h-11 pointer-coarse:min-w-11"
    >
      <Picture size={16} aria-hidden />
      {firing.length > 0 && (
        <span aria-hidden className={`num rounded-full px-1.5 text-xs font-semibold ${critical ? 'bg-crit-soft text-crit' : 'bg-warn-soft text-warn'}`}>
          {firing.length}
        </span>
      )}
    </Link>
  );
}
