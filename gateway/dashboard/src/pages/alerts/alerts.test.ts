import { expect, it } from 'vitest';
import type { Schemas } from '@/api/client.ts';
import { drafted, FRESH, type Rule, verdict, when, written } from './rule.ts';
import { lasts, readable } from './silence.ts';
import * as target from './target.ts';
import { fits } from './views.ts';

const faults = (part: Partial<target.Draft>) => Object.keys(target.written({ ...target.FRESH, name: 'a', url: 'https://a.org/b', ...part }).wrong).sort();
const hook = (via: object) => target.where({ name: 'a', via: { type: 'webhook', ...via } } as never);
const told = (state: string) => ({ id: '1', since: 'a', state }) as Schemas['Alert'];

it('gives a rule back as it was, and keeps what the form does not show', () => {
  const rule = { name: 'slow', kind: 'rate', expression: 'queues.tasks', limit: 5, window: 60, for: 10, labels: { team: 'a b' }, by: ['queue'], parameters: { hours: 2 } } as unknown as Rule;
  const again = written(drafted(rule), rule).rule;
  expect(again).toMatchObject(rule);
});

it('says what is wrong at its field', () => {
  const { wrong } = written({ ...FRESH, name: 'no spaces', limit: 'x', critical: '10', clear: '90', labels: 'team' });
  expect(Object.keys(wrong).sort()).toEqual(['clear', 'labels', 'limit', 'name']);
  expect(written({ ...FRESH, name: 'a', critical: '10' }).wrong).toEqual({ critical: 'It lies on the good side of the limit.' });
  expect(written({ ...FRESH, name: 'a', kind: 'rate' }).wrong).toEqual({ window: 'A rate needs a window.' });
});

it('says when a rule rings', () => {
  expect(when({ name: 'cpu', expression: 'cpu', kind: 'threshold', side: 'above', limit: 80, critical: 90, for: 10 } as never)).toBe('cpu above 80 for 10 s, critical from 90');
});

it('counts how often a rule would have rung, not what was told of it', () => {
  const past = [told('firing'), told('firing'), told('resolved'), { ...told('firing'), since: 'b' }];
  expect(verdict({ values: [], past, error: null, took_ms: 1 }, 24)).toBe('There is no value now. It would have rung 2 times in the last 24 h.');
  expect(verdict({ values: [], past: [], error: 'no such column', took_ms: 1 }, 0)).toContain('no such column');
});

it('reads matchers as people write them', () => {
  expect(readable('rule=cpu, host=build-*')).toEqual({ matchers: [{ label: 'rule', value: 'cpu' }, { label: 'host', value: 'build-*' }], wrong: undefined });
  expect(readable('').wrong).toBeDefined();
  expect(readable('cpu').wrong).toContain('cpu');
  expect(['30', '0', '', 'x', '600000'].map(lasts)).toEqual([true, false, false, false, false]);
});

it('filters by every part of an alert', () => {
  const alert = { rule: 'cpu', severity: 'critical', summary: 'CPU of a', labels: { host: 'Build-1' } };
  expect([fits(alert, 'critical', 'build'), fits(alert, 'info', undefined), fits(alert, undefined, 'memory')]).toEqual([true, false, false]);
});

it('gives a target back as it was, with what the gateway leaves out', () => {
  const known = { name: 'ops', via: { type: 'email', to: ['a@b.org', 'c@d.org'] }, wanted: { severities: ['critical'], rules: ['cpu*'], labels: { host: 'a=b', team: 'one, two' } } } as unknown as target.Target;
  const { target: again, wrong } = target.written(target.drafted(known));
  expect(wrong).toEqual({});
  expect(again).toEqual({ ...known, wanted: { ...known.wanted, states: ['firing', 'resolved'] }, enabled: true, timeout: 15, attempts: 8 });
  expect(target.wants(again)).toBe('critical · firing, resolved · rules cpu* · labels host=a=b, team=one, two');
});

it('keeps no state ticked as every state', () => {
  const { target: own } = target.written({ ...target.FRESH, name: 'a', kind: 'nats', subject: 'team.alerts', states: [] });
  expect(target.drafted(own).states).toEqual([]);
  expect(target.wants(own)).toBe('every severity · every state');
});

it('says what is wrong with a target at its field, and takes no secret for a name', () => {
  expect(faults({})).toEqual([]);
  expect(faults({ name: 'a b', url: '', timeout: '0', attempts: '1.5', labels: 'x' })).toEqual(['attempts', 'labels', 'name', 'timeout', 'url']);
  expect(faults({ url_env: 'HOOK' })).toEqual(['url']);
  expect(faults({ secret_env: 'whsec_AAAA+BBBB/==' })).toEqual(['secret_env']);
  expect(faults({ kind: 'email', to: 'a@b.org, nobody' })).toEqual(['to']);
  expect(faults({ kind: 'nats', subject: ' ' })).toEqual(['subject']);
});

it('says where a target is told without its secrets', () => {
  expect([hook({ url: 'https://a.org/b' }), hook({ url_env: 'HOOK', secret_env: 'KEY' })]).toEqual(['POST to https://a.org/b, not signed', 'POST to $HOOK, signed with $KEY']);
});
