import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { ChannelEvent } from './frames.ts';
import type { Snapshot } from './options.ts';
import type { ListenOptions, Realtime } from './realtime.ts';

/** How the connection is. Renders where its state changes, never for a message. */
export function useConnection<C extends object>(realtime: Realtime<C>): Snapshot {
  return useSyncExternalStore(realtime.subscribe, realtime.getSnapshot, realtime.getSnapshot);
}

/** Calls the newest `handler` for each event of a channel, for as long as the component is shown. */
export function useChannel<C extends object, K extends keyof C & string>(
  realtime: Realtime<C>,
  channel: K,
  handler: (event: ChannelEvent<C[K]>) => void,
  options: ListenOptions = {},
): void {
  const newest = useRef({ handler, options });
  useEffect(() => {
    newest.current = { handler, options };
  });
  const filters = JSON.stringify(options.filters ?? {});
  useEffect(
    () =>
      realtime.on(channel, (event) => newest.current.handler(event), {
        ...newest.current.options,
        filters: JSON.parse(filters) as Record<string, string>,
        gap: (gap) => newest.current.options.gap?.(gap),
        refused: (problem) => newest.current.options.refused?.(problem),
      }),
    [realtime, channel, filters],
  );
}
