import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ChannelEvent, delay, type Gap, Refused } from '../src/index.ts';
import { client } from './gateway.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function connected(options = {}) {
  const own = client(options);
  own.realtime.connect();
  own.last().ready();
  return own;
}

function listening() {
  const own = connected();
  const seen: number[] = [];
  const gaps: Gap[] = [];
  const stop = own.realtime.on('task_completion', (event: ChannelEvent) => void seen.push(event.seq), { gap: (gap) => void gaps.push(gap) });
  own.last().subscribed(10);
  return { ...own, seen, gaps, stop };
}

describe('channels', () => {
  it('hands on events in order, and what comes twice once', () => {
    const { last, seen } = listening();
    last().event(12, 10);
    last().event(12, 10);
    last().event(17, 12);
    expect(seen).toEqual([12, 17]);
  });

  it('goes on behind the last event after a drop', async () => {
    const { last, pass, seen } = listening();
    last().event(12, 10);
    last().drop();
    await pass(200);
    last().ready();
    expect(last().of('subscribe')[0]?.payload).toEqual({ channel: 'task_completion', since: 12, epoch: 'e1' });
    last().subscribed(12);
    last().event(13, 12);
    expect(seen).toEqual([12, 13]);
  });

  it('rewinds a hole once and delivers nothing out of order', () => {
    const { last, seen } = listening();
    last().event(14, 12);
    last().event(15, 14);
    expect(seen).toEqual([]);
    expect(last().of('subscribe').map((frame) => frame.payload?.['since'])).toEqual([undefined, 10]);
    last().subscribed(10);
    last().event(12, 10);
    last().event(14, 12);
    last().event(15, 14);
    expect(seen).toEqual([12, 14, 15]);
  });

  it('tells a gap and goes on behind it', () => {
    const { last, seen, gaps } = listening();
    last().tell({ type: 'gap', channel: 'task_completion', from: 11, to: 20, epoch: 'e1', reason: 'trimmed' });
    last().event(21, 20);
    expect(gaps.map(({ from, to }) => [from, to])).toEqual([[11, 20]]);
    expect(seen).toEqual([21]);
  });

  it('begins anew with a stream that was made anew, and tells it once', async () => {
    const { last, pass, seen, gaps } = listening();
    last().drop();
    await pass(200);
    last().ready();
    last().subscribed(2, 'e2');
    last().tell({ type: 'gap', channel: 'task_completion', from: 1, to: 2, epoch: 'e2', reason: 'epoch' });
    last().event(3, 2, 'e2');
    expect(gaps).toHaveLength(1);
    expect(seen).toEqual([3]);
  });

  it('asks for everything where listeners want different parts, in place of the part', () => {
    const { realtime, last } = connected();
    realtime.on('task_events', () => {}, { filters: { id: 'a' } });
    realtime.on('task_events', () => {}, { filters: { id: 'b' } });
    expect(last().said.map(({ type, payload }) => [type, payload?.['filters']])).toEqual([
      ['subscribe', { id: 'a' }],
      ['unsubscribe', undefined],
      ['subscribe', undefined],
    ]);
  });

  it('leaves a channel with its last listener', () => {
    const { last, stop } = listening();
    stop();
    stop();
    expect(last().of('unsubscribe')).toHaveLength(1);
  });

  it('keeps an event from nobody where one listener fails', () => {
    const { realtime, last, seen } = listening();
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    realtime.on('task_completion', () => {
      throw new Error('mine');
    });
    last().event(11, 10);
    expect(seen).toEqual([11]);
    expect(reported).toHaveBeenCalledOnce();
  });
});

describe('commands', () => {
  it('are acknowledged', async () => {
    const { realtime, last } = connected();
    const answer = realtime.send('submit', { function: 'text.shout' }, { id: 'k' });
    last().tell({ type: 'ack', id: 'k', payload: { id: 'task-1' } });
    await expect(answer).resolves.toEqual({ id: 'task-1' });
  });

  it('keep their id when they are sent again after a drop', async () => {
    const { realtime, last, sockets, pass } = connected();
    const answer = realtime.send('submit', {});
    const first = last().of('submit')[0]?.id;
    last().drop();
    await pass(200);
    last().ready();
    expect(sockets).toHaveLength(2);
    expect(last().of('submit')[0]?.id).toBe(first);
    last().tell({ type: 'ack', id: first, payload: 1 });
    await expect(answer).resolves.toBe(1);
  });

  it('wait without a connection, and are given up when they are too old', async () => {
    const { realtime, last, pass } = connected();
    last().drop();
    const answer = realtime.send('submit', {}, { ttl: 5_000 });
    const failed = expect(answer).rejects.toThrow('it was never sent');
    expect(realtime.getSnapshot().queued).toBe(1);
    await pass(7_000);
    await failed;
    expect(realtime.getSnapshot().queued).toBe(0);
  });

  it('are refused with the problem of the gateway', async () => {
    const { realtime, last } = connected();
    const answer = realtime.send('cancel', { id: 'x' }, { id: 'k' });
    last().tell({ type: 'error', id: 'k', payload: { code: 'not_found', detail: 'no task', status: 404, retryable: false } });
    await expect(answer).rejects.toMatchObject({ code: 'not_found', message: 'no task' });
  });

  it('are sent again where the gateway is only busy', async () => {
    const { realtime, last, pass } = connected();
    const answer = realtime.send('submit', {}, { id: 'k' });
    last().tell({ type: 'error', id: 'k', payload: { code: 'overloaded', status: 429, retryable: true } });
    expect(last().of('submit')).toHaveLength(1);
    await pass(3_000);
    expect(last().of('submit')).toHaveLength(2);
    last().tell({ type: 'ack', id: 'k', payload: 'done' });
    await expect(answer).resolves.toBe('done');
  });

  it('are bounded', async () => {
    const { realtime } = client({ queue: 1 });
    void realtime.send('submit', {}).catch(() => {});
    await expect(realtime.send('submit', {})).rejects.toBeInstanceOf(Refused);
  });

  it('that end the connection do not end the next one', async () => {
    const { realtime, last, pass } = connected();
    const answer = realtime.send('submit', {});
    const failed = expect(answer).rejects.toMatchObject({ code: 'not_taken' });
    last().drop(1009, 'message too big');
    await failed;
    await pass(200);
    last().ready();
    expect(last().of('submit')).toEqual([]);
  });
});

describe('the connection', () => {
  it('never gives up, and waits longer each time up to a ceiling', async () => {
    const { realtime, sockets, last, pass } = client();
    realtime.connect();
    for (let attempt = 0; attempt < 40; attempt += 1) {
      last().drop();
      await pass(15_000);
    }
    last().drop();
    // Some of them were not even refused, and their handshakes were cut.
    expect(sockets.length).toBeGreaterThan(40);
    expect(realtime.getSnapshot().retryAt! - Date.now()).toBeLessThanOrEqual(15_000);
  });

  it('starts its back-off anew only after it has held', async () => {
    const { realtime, last, pass } = connected();
    last().drop();
    await pass(200);
    last().ready();
    expect(realtime.getSnapshot().attempt).toBe(1);
    await pass(5_000);
    expect(realtime.getSnapshot().attempt).toBe(0);
  });

  it('cuts a handshake that hangs', async () => {
    const { realtime, sockets, pass } = client();
    realtime.connect();
    await pass(8_500);
    expect(sockets[0]?.closedBy).toBe(4000);
    expect(sockets).toHaveLength(2);
  });

  it('asks a silent gateway and leaves a dead one', async () => {
    const { realtime, last, sockets, pass } = connected();
    await pass(9_000);
    expect(last().of('ping').length).toBeGreaterThan(0);
    await pass(22_500);
    expect(sockets.length).toBeGreaterThan(1);
    expect(realtime.getSnapshot().status).not.toBe('live');
  });

  it('comes back at once when there is a network again', async () => {
    const { realtime, sockets, last } = connected({ backoff: { random: () => 1, base: 60_000, cap: 60_000 } });
    last().drop();
    expect(realtime.getSnapshot().status).toBe('waiting');
    window.dispatchEvent(new Event('online'));
    expect(sockets).toHaveLength(2);
  });

  it('asks before it believes that the network is gone', async () => {
    const { realtime, last, pass } = connected();
    window.dispatchEvent(new Event('offline'));
    last().tell({ type: 'pong' });
    await pass(3_000);
    expect(realtime.getSnapshot().status).toBe('live');
    window.dispatchEvent(new Event('offline'));
    await pass(2_000);
    expect(realtime.getSnapshot().status).not.toBe('live');
  });

  it('comes back no sooner than a stopping gateway asks for', async () => {
    const { sockets, last, pass } = connected();
    last().drop(1012, 'retry=2000');
    await pass(1_999);
    expect(sockets).toHaveLength(1);
    await pass(2_001);
    expect(sockets).toHaveLength(2);
  });

  it('renews a session that has ended, and stops where it is not let in', async () => {
    const denied = vi.fn().mockResolvedValue(true);
    const { realtime, last, sockets, pass } = connected({ denied });
    last().drop(4401);
    await pass(0);
    expect(sockets).toHaveLength(2);
    last().drop(4403);
    await pass(60_000);
    expect(sockets).toHaveLength(2);
    expect(realtime.getSnapshot().status).toBe('denied');
  });

  it('does not hear what an old socket still says', async () => {
    const { sockets, last, pass, seen } = listening();
    const old = last();
    old.drop();
    await pass(200);
    last().ready();
    old.event(11, 10);
    expect(sockets).toHaveLength(2);
    expect(seen).toEqual([]);
  });
});

it('spreads its attempts over the whole time up to the ceiling', () => {
  const backoff = { base: 300, cap: 15_000, floor: 100, random: () => 0.5 };
  expect([0, 1, 5, 60].map((attempt) => delay(attempt, backoff))).toEqual([150, 300, 4_800, 7_500]);
  expect(delay(0, { ...backoff, random: () => 0 })).toBe(100);
});
