import type { Outgoing, Problem } from './frames.ts';
import type { Wire, WireEvents } from './options.ts';

interface Place {
  channel: string;
  since?: number;
  epoch?: string;
}

const LOST = 1006;
const BEAT = 15;

/** The same frames over Server-Sent Events, and commands as requests, where sockets do not get through.
 *
 * By `fetch` and not by EventSource, which cannot say where each channel is to go on. */
export class EventStream implements Wire {
  private readonly places = new Map<string, Place>();
  private stream = new AbortController();
  private readonly ended = new AbortController();
  private opening = false;

  constructor(
    private readonly url: string,
    private readonly fetch: typeof globalThis.fetch,
    private readonly events: WireEvents,
  ) {
    void this.greet();
  }

  send(text: string): void {
    const frame = JSON.parse(text) as Outgoing;
    switch (frame.type) {
      case 'subscribe': {
        const place = frame.payload as Place;
        this.places.set(place.channel, place);
        this.reopen();
        break;
      }
      case 'unsubscribe':
        this.places.delete((frame.payload as Place).channel);
        this.reopen();
        break;
      case 'ping':
        void this.greet('pong');
        break;
      default:
        void this.request(frame);
    }
  }

  close(): void {
    this.ended.abort();
    this.stream.abort();
  }

  private async greet(type: 'ready' | 'pong' = 'ready'): Promise<void> {
    const answer = await this.asked('/livez', {});
    if (!answer?.ok) this.lost();
    else this.say({ type, version: 1, connection: '', heartbeat: BEAT });
  }

  /** One stream has all channels: it begins anew where one more is wanted. */
  private reopen(): void {
    if (this.opening) return;
    this.opening = true;
    queueMicrotask(() => {
      this.opening = false;
      this.stream.abort();
      this.stream = new AbortController();
      if (this.places.size > 0) void this.follow(this.stream.signal);
    });
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const query = [...this.places.keys()].map((channel) => `channel=${encodeURIComponent(channel)}`).join('&');
    const last = [...this.places.values()]
      .filter((place) => place.since !== undefined)
      .map((place) => `${place.channel}:${place.since}:${place.epoch ?? ''}`)
      .join(',');
    const headers = { accept: 'text/event-stream', ...(last === '' ? {} : { 'last-event-id': last }) };
    const answer = await this.asked(`/api/events?${query}`, { headers, signal });
    const reader = answer?.ok ? answer.body?.pipeThrough(new TextDecoderStream()).getReader() : undefined;
    let rest = '';
    for (;;) {
      if (reader === undefined) break;
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      if (done || value === undefined) break;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.block(block);
    }
    if (!signal.aborted) this.lost();
  }

  private block(block: string): void {
    const lines = block.split('\n').filter((line) => line.startsWith('data: '));
    const text = lines.map((line) => line.slice(6)).join('\n');
    if (text === '') {
      this.events.message('{"type":"pong"}');
      return;
    }
    const frame = JSON.parse(text) as { type: string; channel: string; seq?: number; to?: number; epoch: string };
    const since = frame.seq ?? frame.to;
    // Where the stream begins anew, this is where it goes on.
    if (since !== undefined && this.places.has(frame.channel)) {
      this.places.set(frame.channel, { channel: frame.channel, since, epoch: frame.epoch });
    }
    this.events.message(text);
  }

  private async request({ type, id = '', payload }: Outgoing): Promise<void> {
    const body = (payload ?? {}) as Record<string, unknown>;
    const answer = await this.asked(...route(type, id, body));
    if (answer === null) return;
    const said: unknown = await answer.json().catch(() => null);
    if (answer.ok) this.say({ type: 'ack', id, payload: said });
    else this.say({ type: 'error', id, payload: said as Problem });
  }

  private async asked(path: string, init: RequestInit): Promise<Response | null> {
    try {
      return await this.fetch(`${this.url}${path}`, { signal: this.ended.signal, ...init });
    } catch {
      if (!this.ended.signal.aborted && !init.signal?.aborted) this.lost();
      return null;
    }
  }

  private lost(): void {
    if (this.ended.signal.aborted) return;
    this.close();
    this.events.closed(LOST, '');
  }

  private say(frame: object): void {
    if (!this.ended.signal.aborted) this.events.message(JSON.stringify(frame));
  }
}

/** The request that does what a command does. Without an id of its own a task gets the command's. */
function route(type: string, id: string, payload: Record<string, unknown>): [string, RequestInit] {
  const { agent, ...task } = payload as Record<string, unknown> & { agent?: string };
  switch (type) {
    case 'cancel':
      return [`/api/tasks/${encodeURIComponent(String(payload['id']))}`, { method: 'DELETE' }];
    case 'get_agent_status':
      return [agent === undefined ? '/api/agents' : `/api/agents/${encodeURIComponent(agent)}`, {}];
    case 'agent_task':
      if (agent === undefined) return ['/api/tasks', json({ id, ...payload })];
      return [`/api/agents/${encodeURIComponent(agent)}/tasks`, json({ id, ...task })];
    default:
      return ['/api/tasks', json({ id, ...payload })];
  }
}

function json(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
