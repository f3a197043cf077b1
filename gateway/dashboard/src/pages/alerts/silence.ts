import type { Schemas } from '@/api/client.ts';

export type Matcher = Schemas['Matcher'];

/** Conditions written as `rule=cpu, host=build-*`; what is wrong where they are none. */
export function readable(said: string): { matchers: Matcher[]; wrong: string | undefined } {
  const matchers: Matcher[] = [];
  for (const part of said.split(/[,\n]/).map((each) => each.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    if (at < 1) return { matchers, wrong: `${part} is no label=value.` };
    matchers.push({ label: part.slice(0, at).trim(), value: part.slice(at + 1).trim() });
  }
  return { matchers, wrong: matchers.length === 0 ? 'Which alerts? One label=value at least.' : undefined };
}

/** Conditions as they are written. A value with a comma in it matches by `*` in its place. */
export function text(matchers: readonly Matcher[]): string {
  return matchers.map(({ label, value }) => `${label}=${value.replaceAll(/[,\n]/g, '*')}`).join(', ');
}

/** Whether so many minutes are a time to come, of a year at most. */
export function lasts(minutes: string): boolean {
  const count = Number(minutes);
  return count > 0 && count <= 525_600;
}

/** The conditions that the address names. */
export function named(fits: string): string {
  try {
    const list: unknown = JSON.parse(fits);
    return Array.isArray(list) ? text(list.filter((each) => typeof each?.label === 'string' && typeof each?.value === 'string') as Matcher[]) : '';
  } catch {
    return fits;
  }
}
