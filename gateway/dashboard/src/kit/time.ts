import { useSyncExternalStore } from 'react';

/** Seconds that went by since this page was opened: one timer for all that shows an age. */
const watchers = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of watchers) each();
  }, 1000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, renewed each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => {
    if (timer === undefined) now = Date.now();
    return now;
  });
}

export type Clock = 'local' | 'utc';

/** A moment as people write it: the time alone where it is of today. */
export function moment(time: Date | string | number, clock: Clock, today = new Date()): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return String(time);
  const zone = clock === 'utc' ? { timeZone: 'UTC' } : {};
  const day = new Intl.DateTimeFormat('en-CA', { ...zone, dateStyle: 'short' });
  const clockTime = new Intl.DateTimeFormat('en-GB', { ...zone, timeStyle: 'medium' }).format(at);
  const mark = clock === 'utc' ? ' UTC' : '';
  return day.format(at) === day.format(today) ? `${clockTime}${mark}` : `${day.format(at)} ${clockTime}${mark}`;
}

/** Marks of an axis of time, from seconds: seconds only where the marks are so near, the day where it begins anew. */
export function ticks(marks: readonly number[], clock: Clock): string[] {
  const zone = clock === 'utc' ? { timeZone: 'UTC' } : {};
  const day = new Intl.DateTimeFormat('en-CA', { ...zone, month: '2-digit', day: '2-digit' });
  const step = (marks[1] ?? 0) - (marks[0] ?? 0);
  const time = new Intl.DateTimeFormat('en-GB', { ...zone, timeStyle: step > 0 && step < 60 ? 'medium' : 'short' });
  return marks.map((mark, place) => {
    const at = new Date(mark * 1000);
    const before = marks[place - 1];
    if (step >= 86_400) return day.format(at);
    const anew = before !== undefined && day.format(new Date(before * 1000)) !== day.format(at);
    return anew ? `${time.format(at)}\n${day.format(at)}` : time.format(at);
  });
}

/** How long something took or is: two figures at most.
 *
 * `duration(950)` is `950 ms`, `duration(61_500)` is `1 min 2 s`. */
export function duration(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const left = Math.abs(ms);
  if (left < 1) return left === 0 ? '0 ms' : `${sign}${left.toFixed(2)} ms`;
  if (left < 1000) return `${sign}${left < 10 ? left.toFixed(1) : Math.round(left)} ms`;
  const seconds = left / 1000;
  if (seconds < 59.95) return `${sign}${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const whole = Math.round(seconds);
  const first = units.findIndex(([size]) => whole >= size);
  const [size, name] = units[first]!;
  const next = units[first + 1];
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[0]);
  return `${sign}${Math.floor(whole / size)} ${name}${rest > 0 ? ` ${rest} ${next![1]}` : ''}`;
}

/** How old something is. A clock that runs ahead of ours is no age. */
export function age(at: number, by: number): string {
  const seconds = Math.max(0, Math.round((by - at) / 1000));
  return seconds < 2 ? 'now' : `${duration(seconds * 1000)} ago`;
}
