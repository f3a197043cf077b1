import { delay, hinted } from './backoff.ts';
import { heedBrowser } from './browser.ts';
import { EventStream } from './events.ts';
import { ownProblem, type ChannelEvent, type Gap, type Incoming, type Outgoing, type Problem } from './frames.ts';
import { type Options, type Settings, settings, type Snapshot, type Wire } from './options.ts';
import { Outbox } from './outbox.ts';
import { type Filters, type Listener, Subscription } from './subscription.ts';

const SIGNED_OUT = 4401;
const FORBIDDEN = 4403;
const MALFORMED = 4400;
const TOO_BIG = 1009;
const CUT = 4000;
const MAKES_A_TASK = new Set(['submit', 'agent_task']);

export interface ListenOptions {
  filters?: Filters;
  /** Go on after this sequence instead of with the next message. */
  since?: number;
  /** Messages will not come; whoever keeps a copy asks anew. */
  gap?: (gap: Gap) => void;
  refused?: (problem: Problem) => void;
}

export interface SendOptions {
  id?: string;
  /** Milliseconds that it may wait for a connection and an answer. */
  ttl?: number;
}

/** Live channels and acknowledged commands over one connection that never gives up.
 *
 * `C` maps channels to their payloads. No event is lost and none comes twice: after a drop each channel goes on
 * behind the last event that was handed on; what cannot come any more is told as a gap. A command keeps its id
 * until it is acknowledged, so it is done once however often it is sent. */
export class Realtime<C extends object = Record<string, unknown>> {
  private readonly own: Settings;
  private readonly outbox: Outbox;
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly watchers = new Set<() => void>();
  private state: Snapshot = { status: 'idle', transport: 'socket', attempt: 0, retryAt: null, queued: 0, lostAt: null };
  private wire: Wire | null = null;
  /** Counts connections: what an old one still says is not heard. */
  private turn = 0;
  private ready = false;
  private refusedHandshakes = 0;
  private wasLive = false;
  private heartbeat = 15_000;
  private heardAt = 0;
  private retryTimer: Timer;
  private handshakeTimer: Timer;
  private stableTimer: Timer;
  private doubtTimer: Timer;
  private beatTimer: Timer;
  private readonly unhook: () => void;

  constructor(options: Options) {
    this.own = settings(options);
    this.outbox = new Outbox(this.own.queue, this.own.backoff.random);
    this.unhook = heedBrowser({ better: () => this.kick(), doubtful: () => this.doubt() });
  }

  /** For `useSyncExternalStore` and its like: the same object until something changes. */
  readonly getSnapshot = (): Snapshot => this.state;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** When the gateway last said anything, by `Date.now()`. */
  get lastHeard(): number {
    return this.heardAt;
  }

  /** The last event that was handed on. */
  lastSeq(channel: keyof C & string): number | null {
    return this.subscriptions.get(channel)?.last ?? null;
  }

  connect(): void {
    if (this.state.status === 'idle' || this.state.status === 'closed' || this.state.status === 'denied') {
      this.change({ attempt: 0 });
      this.dial();
    }
  }

  /** Try now instead of later. */
  kick(): void {
    if (this.state.status === 'waiting' || this.state.status === 'offline') this.dial();
  }

  close(): void {
    this.forget();
    this.unhook();
    this.outbox.fail(ownProblem('closed', 'the connection was closed'), true);
    this.change({ status: 'closed', retryAt: null, queued: 0 });
  }

  /** Hands each event of a channel to `handler`, in order, until the returned function is called. */
  on<K extends keyof C & string>(
    channel: K,
    handler: (event: ChannelEvent<C[K]>) => void,
    { filters = {}, since, gap, refused }: ListenOptions = {},
  ): () => void {
    let subscription = this.subscriptions.get(channel);
    if (subscription === undefined) {
      subscription = new Subscription(channel, since ?? null);
      this.subscriptions.set(channel, subscription);
    }
    const kept = subscription;
    const listener: Listener = { handler: handler as Listener['handler'], filters, gap, refused };
    kept.add(listener);
    this.tell(kept);
    return () => {
      if (!kept.remove(listener)) return;
      if (!kept.idle) {
        this.tell(kept);
      } else if (this.subscriptions.delete(channel) && this.ready) {
        this.say({ type: 'unsubscribe', payload: { channel } });
      }
    };
  }

  /** The answer of a command, whenever there is a connection; Refused where it is not done.
   *
   * Commands are `submit`, `agent_task`, `cancel` and `get_agent_status`. */
  send<R = unknown>(type: string, payload: unknown, { id, ttl = 120_000 }: SendOptions = {}): Promise<R> {
    const own = id ?? crypto.randomUUID();
    // The same task whatever carries it: a socket, or a request where sockets do not get through.
    const named = id === undefined && MAKES_A_TASK.has(type) ? { id: own, ...(payload as object) } : payload;
    const answer = this.outbox.put({ type, id: own, payload: named }, ttl);
    this.flush();
    return answer as Promise<R>;
  }

  private dial(): void {
    this.forget();
    const turn = this.turn;
    const { url, connection, open, fetch, handshake, fallbackAfter } = this.own;
    const events = {
      message: (text: string) => turn === this.turn && this.hear(text),
      closed: (code: number, reason: string) => turn === this.turn && this.closed(code, reason),
    };
    // Each time that the stream of events drops, a socket is tried once more.
    const falls = fetch !== null && this.refusedHandshakes > 0 && this.refusedHandshakes % (fallbackAfter + 1) === fallbackAfter;
    this.change({ status: 'connecting', retryAt: null, transport: falls ? 'events' : 'socket' });
    this.handshakeTimer = setTimeout(() => this.drop(), handshake);
    this.beatTimer = setInterval(() => this.flush(), 1_000);
    try {
      this.wire = falls
        ? new EventStream(url, fetch, events)
        : open(`${url.replace(/^http/, 'ws')}/ws/${encodeURIComponent(connection)}`, events);
    } catch {
      this.wait();
    }
  }

  private hear(text: string): void {
    this.heardAt = Date.now();
    clearTimeout(this.doubtTimer);
    const frame = JSON.parse(text) as Incoming;
    switch (frame.type) {
      case 'ready':
        this.begin(frame.heartbeat);
        break;
      case 'event':
        if (this.subscriptions.get(frame.channel)?.take(frame) === 'hole') this.rewind(frame.channel);
        break;
      case 'subscribed':
        this.subscriptions.get(frame.channel)?.begun(frame.seq, frame.epoch);
        break;
      case 'gap':
        this.subscriptions.get(frame.channel)?.skip(frame);
        break;
      case 'ack':
        this.outbox.acknowledge(frame.id, frame.payload);
        this.flush();
        break;
      case 'error':
        this.refused(frame.id, frame.payload);
        break;
      case 'pong':
      case 'unsubscribed':
        break;
    }
  }

  private begin(heartbeat: number): void {
    this.heartbeat = heartbeat * 1000;
    this.ready = this.wasLive = true;
    clearTimeout(this.handshakeTimer);
    clearInterval(this.beatTimer);
    if (this.state.transport === 'socket') this.refusedHandshakes = 0;
    for (const subscription of this.subscriptions.values()) this.tell(subscription);
    this.beatTimer = setInterval(() => this.beat(), Math.min(1_000, this.heartbeat / 4));
    this.stableTimer = setTimeout(() => this.change({ attempt: 0 }), this.own.stable);
    this.change({ status: 'live', retryAt: null, lostAt: null });
    this.flush();
  }

  /** Browsers hide the pings of the protocol: life is judged by what comes. */
  private beat(): void {
    const quiet = Date.now() - this.heardAt;
    // The clock was set back: silence is counted from now on.
    if (quiet < 0) this.heardAt = Date.now();
    if (quiet > 2 * this.heartbeat) {
      this.drop();
      return;
    }
    if (quiet > this.heartbeat / 2) this.say({ type: 'ping', id: 'beat' });
    this.flush();
  }

  /** Is it still there? Asked where the machine woke up, or says that its network is gone. */
  private doubt(): void {
    if (!this.ready) return;
    this.say({ type: 'ping', id: 'doubt' });
    clearTimeout(this.doubtTimer);
    this.doubtTimer = setTimeout(() => this.drop(), this.own.doubt);
  }

  private refused(id: string | null, why: Problem): void {
    if (id?.startsWith('s:')) this.subscriptions.get(id.slice(2))?.refuse(why);
    else if (id !== null) this.outbox.refuse(id, why);
    this.flush();
  }

  private drop(): void {
    this.forget();
    this.wait();
  }

  private closed(code: number, reason: string): void {
    if (!this.ready) this.refusedHandshakes += 1;
    if (code === MALFORMED || code === TOO_BIG) {
      // The same frames would end the next connection too.
      this.outbox.fail(ownProblem('not_taken', `the gateway closed with ${code}: ${reason || 'frame not taken'}`), false);
    }
    this.forget();
    if (code === SIGNED_OUT || code === FORBIDDEN) void this.deny(code);
    else this.wait(hinted(reason));
  }

  private async deny(code: number): Promise<void> {
    const turn = this.turn;
    this.change({ status: 'denied', retryAt: null, queued: this.outbox.size, lostAt: this.state.lostAt ?? Date.now() });
    if (code !== SIGNED_OUT || this.own.denied === undefined) return;
    const again = await this.own.denied().catch(() => false);
    if (again && turn === this.turn) this.dial();
  }

  private wait(hint = 0): void {
    const { attempt, lostAt } = this.state;
    const patience = delay(attempt, this.own.backoff, hint);
    const now = Date.now();
    const status = !(globalThis.navigator?.onLine ?? true) ? 'offline' : 'waiting';
    this.change({ status, attempt: attempt + 1, retryAt: now + patience, lostAt: lostAt ?? (this.wasLive ? now : null), queued: this.outbox.size });
    this.retryTimer = setTimeout(() => this.dial(), patience);
    // Nothing else looks whether commands have grown too old.
    this.beatTimer = setInterval(() => this.flush(), 1_000);
  }

  /** Leaves the connection behind: nothing of it is heard any more. */
  private forget(): void {
    this.turn += 1;
    this.ready = false;
    for (const timer of [this.retryTimer, this.handshakeTimer, this.stableTimer, this.doubtTimer]) clearTimeout(timer);
    clearInterval(this.beatTimer);
    this.wire?.close(CUT);
    this.wire = null;
    this.outbox.lost();
    for (const subscription of this.subscriptions.values()) subscription.lost();
  }

  private tell(subscription: Subscription): void {
    if (this.ready && subscription.changed) for (const frame of subscription.frames()) this.say(frame);
  }

  private rewind(channel: string): void {
    for (const frame of this.subscriptions.get(channel)?.frames() ?? []) this.say(frame);
  }

  private flush(): void {
    if (this.ready) for (const frame of this.outbox.due()) this.say(frame);
    else this.outbox.expire();
    if (this.outbox.size !== this.state.queued) this.change({ queued: this.outbox.size });
  }

  private say(frame: Outgoing): void {
    this.wire?.send(JSON.stringify(frame));
  }

  private change(part: Partial<Snapshot>): void {
    this.state = { ...this.state, ...part };
    for (const watcher of this.watchers) watcher();
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;
