import type { Schemas } from '@/api/client.ts';
import { ENGINES } from '@/kit/engines.ts';

export type Info = Schemas['FunctionInfo'];

export interface Group {
  queue: string;
  title: string;
  engine: boolean;
  functions: Info[];
}

const spoken = (name: string) => `${name} ${name.replaceAll(/[._]/g, ' ')}`;
const place = (queue: string) => ENGINES.findIndex((engine) => engine.queue === queue);

/** A queue as people call it: `code_generator` is `Code generator`. */
export function title(queue: string): string {
  const words = queue.replaceAll('_', ' ');
  return ENGINES.find((engine) => engine.queue === queue)?.name ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a description says first. */
export function gist(description: string): string {
  return description.split('\n\n')[0]!.replaceAll('\n', ' ').trim();
}

/** Functions whose name or description has every word of the search; those that have it in the name come first. */
export function matching(all: readonly Info[], search: string): Info[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const found = all.filter(({ name, description }) => has(`${spoken(name)} ${description}`));
  return words.length === 0 ? found : found.toSorted((one, other) => Number(has(spoken(other.name))) - Number(has(spoken(one.name))));
}

/** By queue: engines in their order, then agents by name. */
export function groups(all: readonly Info[]): Group[] {
  const found = new Map<string, Info[]>();
  for (const info of all) {
    const queue = info.name.split('.')[0]!;
    found.set(queue, [...(found.get(queue) ?? []), info]);
  }
  return [...found]
    .map(([queue, functions]) => ({ queue, title: title(queue), engine: place(queue) >= 0, functions }))
    .toSorted((one, other) => Number(other.engine) - Number(one.engine) || place(one.queue) - place(other.queue) || one.title.localeCompare(other.title));
}
