import { describe, expect, it } from 'vitest';
import { after, byHost, lanesMatching, matching, type Member, type Queue, REMEMBERED, remembered, sentence, unserved } from './fleet.ts';
import { death, isOver, open, slowest, type Told } from './recovery.ts';

const NOW = 1_000_000;
const member = (id: string, more: Partial<Member> = {}): Member =>
  ({ id, host: 'a', state: 'alive', pid: 7, part: id, queues: ['text'], held: [], slots: 4, restarts: 0, faults: false, stuck: [], ...more }) as Member;
const queue = (name: string, more: Partial<Queue> = {}): Queue => ({ queue: name, queued: 0, running: 0, paused: false, workers: ['w'], slots: 4, lanes: [], ...more }) as Queue;

const told = (more: Partial<Told>): Told => ({ worker: 'w', part: 'worker-1', how: 'was killed (SIGKILL)', asked: false, successor: null, tasks: [], ...more }) as Told;
const task = (state: string, seconds: number | null) => ({ id: state, state, seconds }) as Told['tasks'][number];

describe('a worker that leaves', () => {
  it('stays for a minute with when it left, and comes back as itself', () => {
    const first = remembered([], [member('worker-2'), member('worker-10')], NOW);
    expect(first.map(({ id }) => id)).toEqual(['worker-2', 'worker-10']);
    const left = remembered(first, [member('worker-10')], NOW + 1_000);
    expect(left.map(({ id, state, leftAt }) => [id, state, leftAt])).toEqual([
      ['worker-10', 'alive', null],
      ['worker-2', 'gone', NOW + 1_000],
    ]);
    const later = remembered(left, [member('worker-10')], NOW + 30_000);
    expect(later[1]?.leftAt).toBe(NOW + 1_000);
    expect(remembered(later, [member('worker-10')], NOW + 1_001 + REMEMBERED)).toHaveLength(1);
    expect(remembered(later, [member('worker-2')], NOW + 40_000).find(({ id }) => id === 'worker-2')?.state).toBe('alive');
  });

  it('is not mourned where its place was empty', () => {
    const drained = remembered([], [member('w', { state: 'drained', pid: null })], NOW);
    expect(remembered(drained, [], NOW + 1)).toEqual([]);
  });
});

it('finds workers by state, host, place and queue', () => {
  const all = remembered([], [member('w-1', { queues: ['security'] }), member('w-2', { host: 'B', state: 'draining' })], NOW);
  const ids = (search: Parameters<typeof matching>[1]) => matching(all, search).map(({ id }) => id);
  expect([ids({ state: 'draining' }), ids({ text: 'SECUR' }), ids({ text: 'b' }), ids({ state: 'gone' })]).toEqual([['w-2'], ['w-1'], ['w-2'], []]);
  expect(byHost(all).map(([host, own]) => [host, own.length])).toEqual([
    ['a', 1],
    ['B', 1],
  ]);
});

it('says the worst first', () => {
  const alive = remembered([], [member('w')], NOW);
  const lonely = queue('x', { queued: 12, workers: [] });
  expect(sentence(alive, [queue('y', { queued: 1 }), lonely])).toEqual({ tone: 'crit', text: '12 tasks wait where nobody serves the queue.' });
  // A stopped queue is meant to wait.
  expect(unserved([{ ...lonely, paused: true }])).toEqual([]);
  expect(sentence(remembered([], [member('w', { state: 'frozen' })], NOW), []).text).toBe('1 worker is connected but silent.');
  expect(sentence([], [])).toEqual({ tone: 'warn', text: 'No worker is at work.' });
  expect(sentence(remembered([], [member('w'), member('v', { state: 'drained' })], NOW), []).text).toBe('1 worker is at work, 1 is out of service, and nothing waits.');
  expect(sentence(alive, [queue('y', { queued: 1 })])).toEqual({ tone: 'ok', text: '1 worker is at work, and 1 task waits.' });
});

it('finds lanes with work and lanes without anybody', () => {
  const all = [queue('x', { queued: 1, workers: [] }), queue('y', { running: 1 }), queue('z')];
  const names = (search: Parameters<typeof lanesMatching>[1]) => lanesMatching(all, search).map(({ queue: name }) => name);
  expect([names({}), names({ lanes: 'busy' }), names({ lanes: 'unserved' }), names({ text: 'Z' })]).toEqual([['x', 'y', 'z'], ['x', 'y'], ['x'], ['z']]);
});

describe('a recovery', () => {
  it('is over once somebody has its place and all its tasks are taken up', () => {
    expect(isOver(told({ successor: 'v', tasks: [task('queued', null)] }))).toBe(false);
    expect(isOver(told({ tasks: [task('running', 0.1)] }))).toBe(false);
    expect(isOver(told({ successor: 'v', tasks: [task('running', 0.1), task('completed', 0.4)] }))).toBe(true);
    expect(isOver(told({ part: null, tasks: [] }))).toBe(true);
  });

  it('tells how, and how long it took at most', () => {
    const both = told({ asked: true, tasks: [task('queued', null), task('running', 0.1), task('completed', 0.4)] });
    expect([death(both), death(told({ how: null })), slowest(both), slowest(told({})), open(both).length]).toEqual([
      'was killed (SIGKILL), on request',
      'lost its connection, and what it held went to others',
      0.4,
      null,
      1,
    ]);
    expect([after(null), after(-0.01), after(0.013)]).toEqual(['', 'at once', 'after 13 ms']);
  });
});
