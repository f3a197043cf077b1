import { vi } from 'vitest';
import { type Options, Realtime, type WireEvents } from '../src/index.ts';

/** The other end of one connection, played by the test. */
export class FakeSocket {
  readonly said: { type: string; id?: string; payload?: Record<string, unknown> }[] = [];
  closedBy: number | undefined;

  constructor(
    readonly url: string,
    private readonly events: WireEvents,
  ) {}

  send(text: string): void {
    this.said.push(JSON.parse(text) as FakeSocket['said'][number]);
  }

  close(code?: number): void {
    this.closedBy = code;
  }

  tell(frame: object): void {
    this.events.message(JSON.stringify(frame));
  }

  ready(): void {
    this.tell({ type: 'ready', version: 1, connection: 'c', heartbeat: 15 });
  }

  event(seq: number, prev: number, epoch = 'e1', channel = 'task_completion'): void {
    this.tell({ type: 'event', channel, payload: { n: seq }, seq, prev, epoch });
  }

  subscribed(seq: number, epoch = 'e1', channel = 'task_completion'): void {
    this.tell({ type: 'subscribed', channel, seq, epoch });
  }

  drop(code = 1006, reason = ''): void {
    this.events.closed(code, reason);
  }

  of(type: string) {
    return this.said.filter((frame) => frame.type === type);
  }
}

export function client(options: Partial<Options> = {}) {
  const sockets: FakeSocket[] = [];
  const realtime = new Realtime({
    url: 'http://gateway',
    connection: 'tab-1',
    fetch: null,
    backoff: { random: () => 0.5 },
    open: (url, events) => {
      const socket = new FakeSocket(url, events);
      sockets.push(socket);
      return socket;
    },
    ...options,
  });
  const last = () => sockets[sockets.length - 1]!;
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return { realtime, sockets, last, pass };
}
