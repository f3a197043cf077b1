import { Moment } from '@/kit/Moment.tsx';
import { useNow } from '@/kit/time.ts';
import { useShownConnection } from './ConnectionPill.tsx';

/** A drop that lasts longer than this is told across the page. */
const LONG = 30_000;

export function Banner() {
  const { status, lostAt } = useShownConnection();
  const now = useNow();
  const long = lostAt !== null && (status === 'offline' || now - lostAt > LONG);
  if (!long || status === 'live') return null;
  return (
    <div role="status" className="border-b border-line bg-warn-soft px-4 py-1.5 text-sm text-warn md:px-6">
      Live updates paused since <Moment at={lostAt} />. Data below may be old.
      {status === 'offline' && ' What you do now is done once there is a network.'}
    </div>
  );
}
