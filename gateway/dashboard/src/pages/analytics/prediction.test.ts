import { expect, it } from 'vitest';
import type { Schemas } from '@/api/client.ts';
import { address, asked, command, dollars, figure, question, verdict } from './prediction.ts';

const EMPTY = asked({});
const judged = (skill: object) => ({ function: '*', judged: 600, skill: { used: 'base_rate', why: '40 tasks are too little to judge', ...skill } }) as Schemas['Score'];

it('asks by the address, and leaves out what is not said', () => {
  const { search, wrong } = address({ ...EMPTY, function: ' code.write ', size: '2000', when: '2026-01-02T15:30', count: '3', priority: 'high' }, false);
  expect(wrong).toEqual({});
  expect(question(search)).toEqual({ steps: [{ function: 'code.write', size: 2000, when: '2026-01-02T15:30:00Z', count: 3 }], priority: 'high' });
  expect(asked(search)).toMatchObject({ function: 'code.write', size: '2000', count: '3' });
  expect(question({})).toBeNull();
});

it('takes steps as they are written, and forgets the function', () => {
  const { search } = address({ ...EMPTY, function: 'a.b', steps: '[{"function": "x.y"}, [{"function": "z.z"}]]' }, true);
  expect(search.function).toBeUndefined();
  expect(question(search)).toEqual({ steps: [{ function: 'x.y' }, [{ function: 'z.z' }]] });
});

it('says what is wrong at its field', () => {
  expect(Object.keys(address({ ...EMPTY, size: '-1', count: '10001' }, false).wrong).sort()).toEqual(['count', 'function', 'size']);
  for (const steps of ['', '[]', '{}', '[{', '"a"']) expect(address({ ...EMPTY, steps }, true).wrong.steps).toContain('JSON list');
  expect(address({ ...EMPTY, steps: JSON.stringify(Array.from({ length: 400 }, () => ({ function: 'a.b' }))) }, true).wrong.steps).toContain('revo predict -f');
});

it('writes the same question as a command that a shell may take', () => {
  expect(command({ function: 'a.b', agent: "o'neil; rm", size: 5 })).toBe(String.raw`revo predict a.b --agent 'o'\''neil; rm' --size 5`);
});

it('names figures with their units', () => {
  expect([figure('others_p50_ms', 1200), figure('failed', 20), dollars(0.01), dollars(null), dollars(0)]).toEqual(['others p50 1.2 s', 'failed 20', '$0.0100', '–', '$0.00']);
});

it('claims skill only where its lower bound is above nothing', () => {
  expect(verdict(judged({}))).toBe('Not judged: 40 tasks are too little to judge.');
  const scores = { brier: 0.1655, base_brier: 0.217, skill: 0.237 };
  expect(verdict(judged({ ...scores, skill_low: -0.01 }))).toContain('no skill is shown (23.7 %). The base rate is told.');
  expect(verdict(judged({ ...scores, skill_low: 0.12, used: 'model' }))).toContain('skill 23.7 %, at least 12 %. The model is used.');
});
