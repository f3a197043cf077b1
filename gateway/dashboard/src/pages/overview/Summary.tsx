import { TEXT } from '@/kit/Status.tsx';
import { look } from '@/kit/Status.tsx';
import { Age } from '@/kit/Tile.tsx';
import { useOpenAlerts } from '@/live/alerts.ts';
import { useLatest } from '@/live/gathered.ts';
import { agents, engines, hosts } from '@/live/latest.ts';
import { useOverview } from './data.ts';
import { remarks, sentence } from './sentence.ts';

/** The worst first, in one sentence. */
export function Summary() {
  const whole = useOverview();
  const { rows } = useOpenAlerts();
  const statuses = [...useLatest(engines).values(), ...useLatest(agents).values()].map(({ value }) => value);
  const disks = [...useLatest(hosts).values()].map(({ value }) => value);
  if (whole === undefined) {
    return <p className="min-h-5 text-text2">Nothing has been measured yet.</p>;
  }
  const all = remarks(
    whole.value,
    statuses,
    disks,
    rows.filter(({ state, silenced }) => state === 'firing' && !silenced),
  );
  const tone = all[0]?.tone ?? 'ok';
  const { icon: Icon } = look(tone === 'crit' ? 'degraded' : tone === 'warn' ? 'warning' : tone === 'off' ? 'unknown' : 'healthy');
  return (
    <p className={`flex min-h-5 items-start gap-2 font-medium ${TEXT[tone]}`} data-testid="summary">
      <Icon size={16} aria-hidden className="mt-0.5 shrink-0" />
      <span>{sentence(all)}</span>
      <span className="text-xs">
        <Age at={whole.at} />
      </span>
    </p>
  );
}
