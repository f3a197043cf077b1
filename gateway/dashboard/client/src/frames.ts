/** What is said on the wire: `{type, id, payload}` from us; events, answers and gaps from the gateway. */

/** One message of a channel. `prev` is the place of the frame that was sent before it on this channel. */
export interface ChannelEvent<P = unknown> {
  type: 'event';
  channel: string;
  payload: P;
  seq: number;
  prev: number;
  epoch: string;
}

/** Messages that will not come: too far back, gone, or of a stream that was made anew. */
export interface Gap {
  channel: string;
  from: number;
  to: number;
  epoch: string;
  reason: 'slow' | 'trimmed' | 'epoch';
}

/** Why the gateway refused something (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  retryable: boolean;
  instance?: string;
}

export type Incoming =
  | { type: 'ready'; version: number; connection: string; heartbeat: number }
  | { type: 'subscribed'; channel: string; seq: number; epoch: string }
  | { type: 'unsubscribed'; channels: string[] }
  | { type: 'ack'; id: string; payload: unknown }
  | { type: 'error'; id: string | null; payload: Problem }
  | ({ type: 'gap' } & Gap)
  | { type: 'pong' }
  | ChannelEvent;

export interface Outgoing {
  type: string;
  id?: string;
  payload?: unknown;
}

/** A command that was not done, with the problem that says why. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }

  get code(): string {
    return this.problem.code;
  }
}

/** A problem of our own, in the form that the gateway's have. */
export function ownProblem(code: string, detail: string): Problem {
  return { type: `/problems/${code}`, title: code, status: 0, detail, code, retryable: false };
}
