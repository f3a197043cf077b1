import type { Schemas } from '@/api/client.ts';

export type Target = Schemas['Target'];
export type Kind = 'webhook' | 'email' | 'nats';

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export const STATES = ['firing', 'acknowledged', 'resolved'] as const;

/** A target as it is written in a form: every field is text, but for what is ticked. */
export interface Draft {
  name: string;
  kind: Kind;
  url: string;
  url_env: string;
  secret_env: string;
  to: string;
  subject: string;
  severities: string[];
  states: string[];
  rules: string;
  labels: string;
  timeout: string;
  attempts: string;
  enabled: boolean;
}

export type Wrong = Partial<Record<keyof Draft, string>>;

export const FRESH: Draft = {
  name: '', kind: 'webhook', url: '', url_env: '', secret_env: '', to: '', subject: 'alerts', severities: [], states: ['firing', 'resolved'],
  rules: '', labels: '', timeout: '15', attempts: '8', enabled: true,
};

/** What the gateway leaves out is what holds by default. */
export function drafted({ name, via, wanted, enabled, timeout, attempts }: Target): Draft {
  const own = wanted as Partial<Target['wanted']> | undefined;
  return {
    ...FRESH,
    name,
    kind: via.type,
    ...(via.type === 'webhook' ? { url: via.url ?? '', url_env: via.url_env ?? '', secret_env: via.secret_env ?? '' } : {}),
    ...(via.type === 'email' ? { to: via.to.join(', ') } : {}),
    ...(via.type === 'nats' ? { subject: via.subject ?? 'alerts' } : {}),
    severities: [...(own?.severities ?? [])],
    states: [...(own?.states ?? FRESH.states)],
    rules: (own?.rules ?? []).join(', '),
    labels: Object.entries(own?.labels ?? {}).map((pair) => pair.join('=')).join('\n'),
    timeout: String(timeout ?? 15),
    attempts: String(attempts ?? 8),
    enabled: enabled ?? true,
  };
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** The target that a draft is, and what is wrong with it. What can be sent to is the gateway's to say. */
export function written(draft: Draft): { target: Target; wrong: Wrong } {
  const wrong: Wrong = {};
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(draft.name)) wrong.name = 'Letters, digits, _ and -, at most 64.';
  const labels: Record<string, string> = {};
  for (const pair of list(draft.labels, '\n')) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) wrong.labels = `${pair} is no name=value.`;
    else labels[name] = value;
  }
  const figure = (field: 'timeout' | 'attempts', least: number, most: number): number => {
    const value = Number(draft[field]);
    const fine = draft[field].trim() !== '' && value >= least && value <= most && (field === 'timeout' || Number.isInteger(value));
    if (!fine) wrong[field] = `From ${least} to ${most}, please.`;
    return value;
  };
  const timeout = figure('timeout', 1, 120);
  const attempts = figure('attempts', 1, 20);
  const via = way(draft, wrong);
  const wanted = { severities: draft.severities, states: draft.states, rules: list(draft.rules), labels };
  return { target: { name: draft.name, via, wanted, enabled: draft.enabled, timeout, attempts } as Target, wrong };
}

function way(draft: Draft, wrong: Wrong): object {
  const [url, url_env, secret_env] = [draft.url.trim(), draft.url_env.trim(), draft.secret_env.trim()];
  if (draft.kind === 'email') {
    const to = list(draft.to.replaceAll('\n', ','));
    if (to.length === 0) wrong.to = 'Whom?';
    else if (to.some((each) => !/^[!-~]+@[A-Za-z0-9.[\]:-]+$/.test(each))) wrong.to = 'One of them is no mail address.';
    return { type: 'email', to };
  }
  if (draft.kind === 'nats') {
    if (draft.subject.trim() === '') wrong.subject = 'Which subject?';
    return { type: 'nats', subject: draft.subject.trim() };
  }
  if ((url === '') === (url_env === '')) wrong.url = 'Either the URL, or the variable that holds it.';
  for (const [field, name] of [['url_env', url_env], ['secret_env', secret_env]] as const) {
    if (name !== '' && !VARIABLE.test(name)) wrong[field] = 'The name of an environment variable, not what it holds.';
  }
  return { type: 'webhook', url, url_env, secret_env };
}

function list(text: string, by = ','): string[] {
  return text.split(by).map((each) => each.trim()).filter((each) => each !== '');
}

/** Where a target is told, as people say it. */
export function where({ via }: Target): string {
  if (via.type === 'email') return `e-mail to ${via.to.join(', ')}`;
  if (via.type === 'nats') return `NATS subject ${via.subject ?? 'alerts'}`;
  const signed = via.secret_env ? `, signed with $${via.secret_env}` : ', not signed';
  return `POST to ${via.url || `$${via.url_env}`}${signed}`;
}

/** Of what it is told. */
export function wants(target: Target): string {
  const { severities, states, rules, labels } = drafted(target);
  const parts = [severities.length === 0 ? 'every severity' : severities.join(', '), states.length === 0 ? 'every state' : states.join(', ')];
  if (rules !== '') parts.push(`rules ${rules}`);
  if (labels !== '') parts.push(`labels ${labels.replaceAll('\n', ', ')}`);
  return parts.join(' · ');
}
