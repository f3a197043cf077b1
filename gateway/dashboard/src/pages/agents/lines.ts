import type { Schemas } from '@/api/client.ts';
import { LEVELS, type Level } from './tabs.ts';

export interface Line extends Pick<Schemas['LogLine'], 'id' | 'function' | 'message' | 'at' | 'attempt' | 'fields'> {
  level: Level;
  /** Its place in the stream: the same line has the same place, however it came. */
  seq: number;
}

export const MOST = 2_000;

/** Lines in the order in which they were written, each once, and only the last of them. */
export function joined(known: readonly Line[], more: readonly Line[]): readonly Line[] {
  const last = known.at(-1)?.seq ?? 0;
  if (more.every(({ seq }, place) => seq > (place === 0 ? last : more[place - 1]!.seq))) return [...known, ...more].slice(-MOST);
  const all = new Map([...known, ...more].map((line) => [line.seq, line]));
  return [...all.values()].sort((one, other) => one.seq - other.seq).slice(-MOST);
}

/** The lines of a level or worse that say something. */
export function wanted(lines: readonly Line[], level: Level, text: string): readonly Line[] {
  const least = LEVELS.indexOf(level);
  const said = text.toLowerCase();
  return lines.filter((line) => LEVELS.indexOf(line.level) >= least && (said === '' || `${line.message} ${line.function} ${line.id}`.toLowerCase().includes(said)));
}
