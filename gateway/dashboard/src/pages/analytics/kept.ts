/** A statement that was run in this browser. */
export interface Past {
  sql: string;
  at: number;
  rows: number | null;
}

const HISTORY = 'revo.sql.history';
const DRAFT = 'revo.sql.draft';
const MOST = 50;

export const FIRST = `SELECT function, state, count(*) AS tasks, median(run_ms) AS run_ms
FROM tasks
GROUP BY ALL
ORDER BY tasks DESC`;

/** The list with a statement in front; the same one stands in it once. */
export function remembered(list: readonly Past[], one: Past): Past[] {
  return [one, ...list.filter(({ sql }) => sql.trim() !== one.sql.trim())].slice(0, MOST);
}

export function history(): Past[] {
  try {
    const said: unknown = JSON.parse(localStorage.getItem(HISTORY) ?? '[]');
    return Array.isArray(said) ? said.filter((each) => typeof each?.sql === 'string' && typeof each?.at === 'number') : [];
  } catch {
    return [];
  }
}

export function keep(list: readonly Past[]): void {
  write(HISTORY, JSON.stringify(list));
}

export function draft(): string {
  try {
    return localStorage.getItem(DRAFT) ?? FIRST;
  } catch {
    return FIRST;
  }
}

export function keepDraft(sql: string): void {
  write(DRAFT, sql);
}

function write(place: string, value: string): void {
  try {
    localStorage.setItem(place, value);
  } catch {
    // Without storage it holds until the tab is closed.
  }
}
