import type { Input } from '@/kit/SchemaForm.tsx';
import type { Given } from './commands.ts';
import { PRIORITIES } from './search.ts';

/** What was filled in for a function and perhaps not submitted yet. */
export interface Draft {
  input: Input;
  /** JSON as it was typed, where it cannot be read as an object; else null. */
  unread: string | null;
  priority: (typeof PRIORITIES)[number];
  key: string;
  /** Seconds, as typed. */
  delay: string;
  agent: string;
}

export const EMPTY: Draft = { input: {}, unread: null, priority: 'medium', key: '', delay: '', agent: '' };

const place = (name: string) => `revo.draft.${name}`;
const isInput = (value: unknown): value is Input => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The draft of a function from the last time; members that cannot be read are as in an empty one. */
export function kept(name: string): Draft {
  let said: unknown;
  try {
    said = JSON.parse(localStorage.getItem(place(name)) ?? '{}');
  } catch {
    return EMPTY;
  }
  if (!isInput(said)) return EMPTY;
  const written = (member: string) => (typeof said[member] === 'string' ? said[member] : '');
  return {
    input: isInput(said['input']) ? said['input'] : {},
    unread: typeof said['unread'] === 'string' ? said['unread'] : null,
    priority: PRIORITIES.find((each) => each === said['priority']) ?? 'medium',
    key: written('key'),
    delay: written('delay'),
    agent: written('agent'),
  };
}

/** Keeps a draft until it is thrown away; an empty one is not kept. */
export function keep(name: string, draft: Draft): void {
  try {
    if (JSON.stringify(draft) === JSON.stringify(EMPTY)) localStorage.removeItem(place(name));
    else localStorage.setItem(place(name), JSON.stringify(draft));
  } catch {
    // Without storage it holds until the page is left.
  }
}

/** What is typed as JSON, taken into the draft: what cannot be read leaves the input as it was. */
export function typed(draft: Draft, text: string): Draft {
  const { input, wrong } = parsed(text);
  return wrong === null ? { ...draft, input, unread: null } : { ...draft, unread: text };
}

/** The object that a text is, or why it is none. Nothing at all is an empty object. */
export function parsed(text: string): { input: Input; wrong: string | null } {
  try {
    const value: unknown = text.trim() === '' ? {} : JSON.parse(text);
    return isInput(value) ? { input: value, wrong: null } : { input: {}, wrong: 'An input is an object: {"name": value}.' };
  } catch (error) {
    return { input: {}, wrong: error instanceof Error ? error.message : 'not JSON' };
  }
}

/** The submission that a draft is. */
export function submission(name: string, { input, priority, key, delay, agent }: Draft): Given {
  const seconds = Number(delay);
  return {
    function: name,
    input,
    priority,
    ...(key === '' ? {} : { id: key }),
    ...(delay === '' || seconds === 0 ? {} : { in: seconds }),
    ...(agent === '' ? {} : { agent }),
  };
}
