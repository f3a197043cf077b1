import type { Input } from '@/kit/SchemaForm.tsx';

export type Option = 'priority' | 'key' | 'delay' | 'agent';

/** What is wrong, each at the place where it can be mended; `rest` has no such place. */
export interface Faults {
  fields: Readonly<Record<string, string>>;
  options: Readonly<Partial<Record<Option, string>>>;
  rest: string | null;
}

export const NO_FAULTS: Faults = { fields: {}, options: {}, rest: null };

const MEMBERS: Readonly<Record<string, Option>> = { priority: 'priority', id: 'key', in: 'delay', agent: 'agent' };
const CODES: Readonly<Record<string, Option>> = { invalid_id: 'key', invalid_priority: 'priority', agent_stopped: 'agent' };
const AT = / - at `\$((?:\.[^.[\]`]+|\[[^\]`]*\])*)`$/;
const MISSING = /missing required field `([^`]+)`/;

interface Place {
  member: string | null;
  text: string;
}

/** The member of the top that a message of the decoder is about, and the message without it. */
function placed(message: string): Place {
  const path = AT.exec(message)?.[1] ?? '';
  const text = message.replace(AT, '');
  const member = /^\.([^.[\]]+)/.exec(path)?.[1];
  if (member === undefined) return { member: path === '' ? (MISSING.exec(message)?.[1] ?? null) : null, text: path === '' ? text : message };
  const deeper = path.slice(member.length + 1);
  return { member, text: deeper === '' ? text : `${text}, at ${deeper.replace(/^\./, '')}` };
}

/** What the door refused: options at their controls. */
export function refused(code: string, message: string, agent: string): Faults {
  const { member, text } = placed(message);
  const agents = agent !== '' && (code === 'forbidden' || (code === 'not_found' && message.includes('agent')));
  const option = CODES[code] ?? (agents ? 'agent' : member === null ? undefined : MEMBERS[member]);
  return option === undefined ? { ...NO_FAULTS, rest: message } : { ...NO_FAULTS, options: { [option]: text } };
}

/** What the function refused: members of its input, at their fields where the form has them. */
export function rejected(message: string, names: readonly string[]): Faults {
  const { member, text } = placed(message);
  return member !== null && names.includes(member) ? { ...NO_FAULTS, fields: { [member]: text } } : { ...NO_FAULTS, rest: message };
}

/** Those that still hold: a field that was changed since then may be right now. */
export function holding(faults: Faults, then: Input, now: Input): Faults {
  const same = (name: string) => JSON.stringify(then[name]) === JSON.stringify(now[name]);
  return { ...faults, fields: Object.fromEntries(Object.entries(faults.fields).filter(([name]) => same(name))) };
}
