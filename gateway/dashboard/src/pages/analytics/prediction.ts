import type { Schemas } from '@/api/client.ts';
import { NONE, number, percent } from '@/kit/figures.ts';
import { duration } from '@/kit/time.ts';
import type { Search } from './route.ts';

export type Question = Schemas['subjects.prediction.Question'];

/** A question as it is written in a form: every field is text. */
export interface Asked {
  function: string;
  agent: string;
  model: string;
  size: string;
  when: string;
  count: string;
  priority: string;
  steps: string;
}

export type Wrong = Partial<Record<keyof Asked, string>>;

/** Longer lists make no address. */
const MOST_IN_URL = 6_000;
const MOST_COUNT = 10_000;

export const EXAMPLE = '[{"function": "web.fetch", "count": 3}, [{"function": "code.review"}, {"function": "security.scan"}]]';

export function asked({ function: name = '', agent = '', model = '', size, when = '', count, priority, steps = '' }: Search): Asked {
  return { function: name, agent, model, size: size === undefined ? '' : String(size), when, count: count === undefined ? '' : String(count), priority: priority ?? '', steps };
}

/** The members of the address that a form stands for, and what is wrong with it. */
export function address(form: Asked, listed: boolean): { search: Partial<Search>; wrong: Wrong } {
  const wrong: Wrong = {};
  const priority = (form.priority || undefined) as Search['priority'];
  const none = { function: undefined, agent: undefined, model: undefined, size: undefined, when: undefined, count: undefined, steps: undefined };
  if (listed) {
    const steps = form.steps.trim();
    const list = parsed(steps);
    if (!Array.isArray(list) || list.length === 0) wrong.steps = 'A JSON list of steps, please, with one step at least.';
    else if (steps.length > MOST_IN_URL) wrong.steps = `At most ${number(MOST_IN_URL)} characters here; longer ones go with revo predict -f.`;
    return { search: { ...none, steps, priority }, wrong };
  }
  const whole = (field: 'size' | 'count', least: number, most: number): number | undefined => {
    const said = form[field].trim();
    if (said === '') return undefined;
    const value = Number(said);
    if (!Number.isInteger(value) || value < least || value > most) wrong[field] = `A whole number from ${least} to ${number(most)}, please.`;
    return value;
  };
  if (form.function.trim() === '') wrong.function = 'Of which function?';
  const size = whole('size', 0, 1e15);
  const count = whole('count', 1, MOST_COUNT);
  return { search: { ...none, function: form.function.trim(), agent: form.agent.trim() || undefined, model: form.model.trim() || undefined, size, when: form.when || undefined, count, priority }, wrong };
}

/** What the gateway is asked for an address; null where it asks nothing. */
export function question({ function: name, agent, model, size, when, count, priority, steps }: Search): Question | null {
  const urgent = priority === undefined ? {} : { priority };
  if (steps !== undefined) {
    // What is no list is the gateway's to refuse, in its own words.
    return { steps: parsed(steps) ?? steps, ...urgent } as Question;
  }
  if (name === undefined) return null;
  const step = { function: name, agent, model, size, when: when === undefined ? undefined : utc(when), count };
  return { steps: [JSON.parse(JSON.stringify(step))], ...urgent } as Question;
}

/** The same question as a command. */
export function command({ function: name, agent, model, size }: Search): string {
  const option = (flag: string, value: string | number | undefined) => (value === undefined ? '' : ` --${flag} ${quoted(String(value))}`);
  return `revo predict ${quoted(name ?? 'code.write')}${option('agent', agent)}${option('model', model)}${option('size', size)}`;
}

function quoted(text: string): string {
  return /^[\w.@/:-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A field of a form has no zone, and no seconds: here it is UTC. */
function utc(when: string): string {
  const full = /T\d\d:\d\d$/.test(when) ? `${when}:00` : when;
  return /(?:Z|[+-]\d\d:\d\d)$/.test(full) ? full : `${full}Z`;
}

export const share = (value: number | null | undefined) => percent(typeof value === 'number' ? value * 100 : value);

export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return `$${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 4 : 2)}`;
}

/** A figure of a factor in words: `others_p50_ms` 1200 is `others p50 1.2 s`. */
export function figure(name: string, value: number): string {
  const timed = name.endsWith('_ms');
  return `${name.replace(/_ms$/, '').replaceAll('_', ' ')} ${timed ? duration(value) : number(value)}`;
}

/** What a confidence means, for those who do not know the words by heart. */
export const CONFIDENCE: Record<Schemas['Prediction']['confidence'], { word: string; tone: 'ok' | 'info' | 'warn' | 'off'; means: string }> = {
  high: { word: 'High', tone: 'ok', means: 'worth 100 tasks or more, and 10 points wide at most' },
  medium: { word: 'Medium', tone: 'info', means: 'worth 30 tasks or more, and 25 points wide at most' },
  low: { word: 'Low', tone: 'warn', means: 'few tasks, or a wide interval' },
  none: { word: 'None', tone: 'off', means: 'nothing is predicted' },
};

export const EFFECTS: Record<Schemas['Factor']['effect'], { word: string; tone: 'ok' | 'info' | 'warn' | 'crit' | 'off' }> = {
  risk: { word: 'Risk', tone: 'crit' },
  help: { word: 'Helps', tone: 'ok' },
  slower: { word: 'Slower', tone: 'warn' },
  faster: { word: 'Faster', tone: 'ok' },
  wait: { word: 'Waits', tone: 'warn' },
  unknown: { word: 'Not known', tone: 'off' },
};

/** Whether predictions beat the base rate, in a sentence with the figures that say so. */
export function verdict({ skill, judged }: Schemas['Score']): string {
  const { brier, base_brier: base, skill: gain, skill_low: least } = skill;
  if (typeof brier !== 'number' || typeof base !== 'number') return `Not judged: ${skill.why}.`;
  const scores = `Brier ${brier.toFixed(4)} against ${base.toFixed(4)} of the base rate, on ${number(judged)} tasks it had not seen`;
  const claim = typeof least === 'number' && least > 0 ? `skill ${share(gain)}, at least ${share(least)}` : `no skill is shown${typeof gain === 'number' ? ` (${share(gain)})` : ''}`;
  return `${scores}: ${claim}. ${skill.used === 'model' ? 'The model is used.' : 'The base rate is told.'}`;
}
