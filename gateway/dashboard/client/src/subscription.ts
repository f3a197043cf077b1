import type { ChannelEvent, Gap, Outgoing, Problem } from './frames.ts';

export type Filters = Readonly<Record<string, string>>;

/** Who listens to one channel, and what is done where the chain is broken or the gateway says no. */
export interface Listener<P = unknown> {
  handler: (event: ChannelEvent<P>) => void;
  filters: Filters;
  gap?: ((gap: Gap) => void) | undefined;
  refused?: ((problem: Problem) => void) | undefined;
}

/** What became of an event: handed on, known already, or not in order. */
export type Verdict = 'news' | 'known' | 'hole';

const ALL: Filters = {};

/** One channel on one connection: where it is, and who wants it.
 *
 * Frames do not say which filters they passed, so there is one subscription for each channel. Where its
 * listeners want different parts of it, all of it comes: filters save traffic and promise nothing. */
export class Subscription {
  last: number | null;
  epoch: string | null = null;
  private readonly listeners = new Set<Listener>();
  private rewinding = false;
  private told = '';

  constructor(
    readonly channel: string,
    since: number | null,
  ) {
    this.last = since;
  }

  get idle(): boolean {
    return this.listeners.size === 0;
  }

  /** Filters that all listeners agree on. */
  get filters(): Filters {
    const [first, ...rest] = [...this.listeners].map((one) => JSON.stringify(Object.entries(one.filters).sort(([left], [right]) => (left < right ? -1 : 1))));
    if (first === undefined || rest.some((other) => other !== first)) return ALL;
    return Object.fromEntries(JSON.parse(first) as [string, string][]);
  }

  add(listener: Listener): void {
    this.listeners.add(listener);
  }

  remove(listener: Listener): boolean {
    return this.listeners.delete(listener);
  }

  /** The frames that begin or rewind it: the same channel once more goes on after `since`.
   *
   * With other filters it would be a second one beside the first, which has to end before. */
  frames(): Outgoing[] {
    const { channel, filters, told } = this;
    this.told = JSON.stringify(filters);
    const subscribe: Outgoing = {
      type: 'subscribe',
      id: `s:${channel}`,
      payload: {
        channel,
        ...(this.last === null ? {} : { since: this.last }),
        ...(this.epoch === null ? {} : { epoch: this.epoch }),
        ...(Object.keys(filters).length === 0 ? {} : { filters }),
      },
    };
    const other = told !== '' && told !== this.told;
    return other ? [{ type: 'unsubscribe', payload: { channel } }, subscribe] : [subscribe];
  }

  /** Whether its listeners want something else than the gateway was told. */
  get changed(): boolean {
    return this.told !== JSON.stringify(this.filters);
  }

  /** The gateway began it. A stream that was made anew counts from the start: it goes on from there. */
  begun(seq: number, epoch: string): void {
    this.rewinding = false;
    if (this.epoch !== null && this.epoch !== epoch) this.renewed(seq, epoch);
    this.epoch = epoch;
    this.last ??= seq;
  }

  /** Hands an event on; a hole is to be rewound, once. */
  take(event: ChannelEvent): Verdict {
    if (this.epoch !== null && this.epoch !== event.epoch) this.renewed(event.prev, event.epoch);
    this.epoch = event.epoch;
    if (this.last !== null && event.seq <= this.last) return 'known';
    if (this.last !== null && event.prev > this.last) {
      if (this.rewinding) return 'known';
      this.rewinding = true;
      return 'hole';
    }
    this.last = event.seq;
    this.each((listener) => listener.handler(event));
    return 'news';
  }

  /** History is gone: whoever listens asks anew, and goes on behind it. */
  skip(gap: Gap): void {
    // A renewed stream is told twice: by the answer to a subscription, and as a gap.
    if (gap.epoch === this.epoch && this.last !== null && gap.to <= this.last) return;
    this.last = gap.to;
    this.epoch = gap.epoch;
    this.each((listener) => listener.gap?.(gap));
  }

  refuse(problem: Problem): void {
    this.each((listener) => listener.refused?.(problem));
  }

  /** A new connection knows nothing of what was asked for on the one before it. */
  lost(): void {
    this.rewinding = false;
    this.told = '';
  }

  private renewed(seq: number, epoch: string): void {
    this.skip({ channel: this.channel, from: 1, to: seq, epoch, reason: 'epoch' });
  }

  private each(call: (listener: Listener) => void): void {
    for (const listener of this.listeners) {
      try {
        call(listener);
      } catch (error) {
        // One listener's fault is no reason to keep the event from the others.
        reportError(error);
      }
    }
  }
}
