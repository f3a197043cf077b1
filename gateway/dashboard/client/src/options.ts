import { BACKOFF, type Backoff } from './backoff.ts';

/** `waiting` is between two attempts, `offline` the same where the machine has no network. */
export type Status = 'idle' | 'connecting' | 'live' | 'waiting' | 'offline' | 'denied' | 'closed';

export interface Snapshot {
  readonly status: Status;
  /** What carries the frames: a WebSocket, or Server-Sent Events where sockets do not get through. */
  readonly transport: 'socket' | 'events';
  readonly attempt: number;
  /** When the next attempt is made, by `Date.now()`. */
  readonly retryAt: number | null;
  /** Commands without an answer. */
  readonly queued: number;
  /** When the link was last lost; null while it is live or was never up. */
  readonly lostAt: number | null;
}

/** What a connection needs of a WebSocket: tests and Server-Sent Events bring their own. */
export interface Wire {
  send: (text: string) => void;
  close: (code?: number) => void;
}

export interface WireEvents {
  message: (text: string) => void;
  closed: (code: number, reason: string) => void;
}

export interface Options {
  /** Address of the gateway, `http://host:port`. */
  url: string;
  /** Names this client to the gateway: a command sent again under the same name is the same command. */
  connection?: string;
  /** Opens a WebSocket; replaced in tests. */
  open?: (url: string, events: WireEvents) => Wire;
  /** Sends requests where sockets do not get through; null never falls back. */
  fetch?: typeof globalThis.fetch | null;
  backoff?: Partial<Backoff>;
  /** The back-off starts anew once a link has held so long. */
  stable?: number;
  /** A handshake that takes longer is cut. */
  handshake?: number;
  /** A connection that does not answer so long after a doubt is cut. */
  doubt?: number;
  /** Commands without an answer, at most. */
  queue?: number;
  /** Handshakes that fail in a row before Server-Sent Events are tried. */
  fallbackAfter?: number;
  /** Called where the session has ended (4401); true tries again. */
  denied?: () => Promise<boolean>;
}

export type Settings = Required<Omit<Options, 'denied' | 'backoff'>> & Pick<Options, 'denied'> & { backoff: Backoff };

export function settings(options: Options): Settings {
  return {
    connection: `c-${crypto.randomUUID()}`,
    open: webSocket,
    fetch: globalThis.fetch === undefined ? null : globalThis.fetch.bind(globalThis),
    stable: 5_000,
    handshake: 8_000,
    doubt: 2_000,
    queue: 500,
    fallbackAfter: 3,
    ...options,
    backoff: { ...BACKOFF, ...options.backoff },
  };
}

function webSocket(url: string, events: WireEvents): Wire {
  const socket = new WebSocket(url);
  socket.addEventListener('message', (message) => events.message(String(message.data)));
  socket.addEventListener('close', (close) => events.closed(close.code, close.reason));
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code) => socket.close(code),
  };
}
