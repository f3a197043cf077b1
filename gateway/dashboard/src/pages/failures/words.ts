import type { Schemas } from '@/api/client.ts';

export type Letter = Schemas['DeadLetter'];

/** Failures of one cause: messages that differ only in ids, numbers, paths and quotes are the same. */
export interface Cause {
  error: string;
  cause: string;
  tasks: number;
  first: string;
  last: string;
  functions: string[];
  example: string;
  message: string;
}

/** The rows of the question `failures`. */
export function causes({ columns, rows }: { columns: string[]; rows: unknown[][] }): Cause[] {
  const at = (row: unknown[], name: string) => row[columns.indexOf(name)];
  const words = (row: unknown[], name: string) => (at(row, name) as string | null) ?? '';
  return rows.map((row) => ({
    error: words(row, 'error_type'),
    cause: words(row, 'cause'),
    tasks: Number(at(row, 'tasks')),
    first: words(row, 'first_seen'),
    last: words(row, 'last_seen'),
    functions: (at(row, 'functions') as string[] | null) ?? [],
    example: words(row, 'example'),
    message: words(row, 'example_message'),
  }));
}

/** Dead letters by the code of their error, the most frequent first. */
export function byError(letters: readonly Letter[]): { error: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { error } of letters) counts.set(error.type, (counts.get(error.type) ?? 0) + 1);
  return [...counts].map(([error, count]) => ({ error, count })).sort((one, other) => other.count - one.count);
}

export function queueOf(name: string): string {
  return name.split('.')[0] ?? name;
}
