import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { client } from './gateway.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function connected(options = {}) {
  const own = client(options);
  own.realtime.connect();
  own.last().ready();
  return own;
}

describe('a machine that slept', () => {
  it('tries at once where its clock went on and its timers did not', async () => {
    const own = connected({ backoff: { base: 60_000, cap: 60_000, random: () => 1 } });
    own.last().drop();
    await own.pass(4_000);
    expect(own.sockets).toHaveLength(1);
    vi.setSystemTime(Date.now() + 3_600_000);
    await own.pass(2_100);
    expect(own.sockets).toHaveLength(2);
  });

  it('asks whether its connection is still there', async () => {
    const { last, pass } = connected();
    vi.setSystemTime(Date.now() + 25_000);
    await pass(2_100);
    expect(last().of('ping').map((frame) => frame.id)).toContain('doubt');
  });
});

describe('tasks', () => {
  it('have an id of their own, whatever carries the command', () => {
    const { realtime, last } = connected();
    void realtime.send('submit', { function: 'a.b' });
    void realtime.send('submit', { function: 'a.b', id: 'mine' });
    void realtime.send('cancel', { id: 'mine' });
    const [own, given] = last().of('submit');
    expect(own?.payload).toEqual({ id: own?.id, function: 'a.b' });
    expect(given?.payload?.['id']).toBe('mine');
    expect(last().of('cancel')[0]?.payload).toEqual({ id: 'mine' });
  });
});
