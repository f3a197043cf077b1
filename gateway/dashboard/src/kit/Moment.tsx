import { usePreferences } from '@/shell/preferences.ts';
import { age, duration, moment, useNow } from './time.ts';

/** A moment in the clock that the user chose; both clocks stand in its title. */
export function Moment({ at }: { at: string | number | Date }) {
  const clock = usePreferences((state) => state.clock);
  return (
    <time className="num whitespace-nowrap" dateTime={iso(at)} title={`${moment(at, 'local')} · ${moment(at, 'utc')}`}>
      {moment(at, clock)}
    </time>
  );
}

/** How long ago, renewed each second. */
export function Ago({ at }: { at: string | number | Date }) {
  const now = useNow();
  return (
    <time className="num whitespace-nowrap" dateTime={iso(at)} title={moment(at, 'local')}>
      {age(new Date(at).getTime(), now)}
    </time>
  );
}

/** How long something has been going on. */
export function Since({ at }: { at: string | number | Date }) {
  const now = useNow();
  return <span className="num whitespace-nowrap">{duration(Math.max(0, now - new Date(at).getTime()))}</span>;
}

function iso(at: string | number | Date): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}
