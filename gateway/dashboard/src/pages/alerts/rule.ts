import type { Schemas } from '@/api/client.ts';
import { number } from '@/kit/figures.ts';
import { duration } from '@/kit/time.ts';

export type Rule = Schemas['subjects.alerts.Rule'];

/** A rule as it is written in a form: every field is text. */
export interface Draft {
  name: string;
  kind: 'threshold' | 'rate' | 'absence' | 'sql';
  expression: string;
  side: 'above' | 'below';
  limit: string;
  critical: string;
  clear: string;
  window: string;
  for: string;
  every: string;
  severity: 'info' | 'warning' | 'critical';
  labels: string;
  by: string;
  summary: string;
  description: string;
  no_data: 'resolve' | 'keep' | 'fire';
  enabled: boolean;
}

export const FRESH: Draft = {
  name: '', kind: 'threshold', expression: 'cpu', side: 'above', limit: '80', critical: '', clear: '', window: '0', for: '0', every: '10',
  severity: 'warning', labels: '', by: '', summary: '{rule}: {value}, limit {limit}', description: '', no_data: 'resolve', enabled: true,
};

const plain = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value));

export function drafted(rule: Rule): Draft {
  return {
    ...FRESH,
    ...(rule as Partial<Record<keyof Draft, unknown>> as Partial<Draft>),
    limit: plain(rule.limit ?? 0),
    critical: plain(rule.critical),
    clear: plain(rule.clear),
    window: plain(rule.window ?? 0),
    for: plain(rule.for ?? 0),
    every: plain(rule.every ?? 10),
    labels: Object.entries(rule.labels ?? {}).map((pair) => pair.join('=')).join(', '),
    by: (rule.by ?? []).join(', '),
  };
}

const place = (name: string) => `revo.rule.${name === '' ? 'new' : name}`;

/** What was written of a rule and not saved, or where it begins; it outlives a reload of the tab. */
export function unsaved(start: Draft): Draft {
  try {
    return { ...start, ...(JSON.parse(sessionStorage.getItem(place(start.name)) ?? '{}') as Partial<Draft>) };
  } catch {
    return start;
  }
}

/** Keeps what is written of the rule that began as `start`; `null` forgets it. */
export function keep(start: Draft, draft: Draft | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(place(start.name));
    else sessionStorage.setItem(place(start.name), JSON.stringify(draft));
  } catch {
    // Without storage it holds until the dialog is closed.
  }
}

export type Wrong = Partial<Record<keyof Draft, string>>;

/** The rule that a draft is, and what is wrong with it; `kept` has what the form does not show. */
export function written(draft: Draft, kept: Partial<Rule> = {}): { rule: Rule; wrong: Wrong } {
  const wrong: Wrong = {};
  const figure = (field: 'limit' | 'critical' | 'clear' | 'window' | 'for' | 'every', optional = false): number | null => {
    const said = draft[field].trim();
    if (said === '' && optional) return null;
    const value = Number(said);
    if (said === '' || !Number.isFinite(value)) wrong[field] = 'A number, please.';
    return Number.isFinite(value) ? value : 0;
  };
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(draft.name)) wrong.name = 'Letters, digits, _ and -, at most 64.';
  if (draft.expression.trim() === '') wrong.expression = 'What is it to watch?';
  const labels: Record<string, string> = {};
  for (const pair of list(draft.labels)) {
    const [, name, value] = /^([A-Za-z0-9_-]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) wrong.labels = `${pair} is no name=value.`;
    else labels[name] = value;
  }
  const limit = figure('limit') ?? 0;
  const critical = figure('critical', true);
  const clear = figure('clear', true);
  const sign = draft.side === 'above' ? 1 : -1;
  if (critical !== null && sign * (critical - limit) < 0) wrong.critical = 'It lies on the good side of the limit.';
  if (clear !== null && sign * (clear - limit) > 0) wrong.clear = 'It lies beyond the limit.';
  const rule = {
    ...kept,
    name: draft.name,
    kind: draft.kind,
    expression: draft.expression.trim(),
    side: draft.side,
    limit,
    critical,
    clear,
    window: figure('window') ?? 0,
    for: figure('for') ?? 0,
    every: figure('every') ?? 10,
    severity: draft.severity,
    labels,
    by: list(draft.by),
    summary: draft.summary,
    description: draft.description,
    no_data: draft.no_data,
    enabled: draft.enabled,
  } as Rule;
  if (draft.kind === 'rate' && !(rule.window > 0)) wrong.window = 'A rate needs a window.';
  return { rule, wrong };
}

function list(text: string): string[] {
  return text.split(',').map((each) => each.trim()).filter((each) => each !== '');
}

/** When a rule rings, as people say it. */
export function when({ kind, expression, side, limit, for: hold, window, critical }: Rule): string {
  const held = hold ? ` for ${duration(hold * 1000)}` : '';
  const mean = window ? ` (${kind === 'rate' ? 'over' : 'mean of'} ${duration(window * 1000)})` : '';
  const worse = critical === null || critical === undefined ? '' : `, critical from ${number(critical)}`;
  if (kind === 'absence') return `${expression} silent for ${duration((limit ?? 0) * 1000)}`;
  const what = kind === 'sql' ? 'value of the SQL' : kind === 'rate' ? `change of ${expression} a minute` : expression;
  return `${what} ${side ?? 'above'} ${number(limit ?? 0)}${mean}${held}${worse}`;
}

/** What a dry run found, in a sentence. */
export function verdict({ values, past, error }: Schemas['Tried'], hours: number): string {
  if (error !== null && error !== undefined) return `It cannot be worked out: ${error}`;
  const now = values.filter(({ state }) => state === 'firing' || state === 'pending' || state === 'acknowledged' || state === 'silenced').length;
  const present = values.length === 0 ? 'There is no value now' : now === 0 ? 'It would not ring now' : `It would ring now for ${now} of ${values.length}`;
  if (hours === 0) return `${present}.`;
  // One ringing is an id; its end and its worsening are told under the same.
  const times = new Set((past ?? []).filter(({ state }) => state === 'firing').map(({ id, since }) => `${id} ${since}`)).size;
  return `${present}. It would have rung ${times === 1 ? 'once' : `${times} times`} in the last ${hours} h.`;
}
