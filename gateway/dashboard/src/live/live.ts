import { Realtime, type ChannelEvent, type ListenOptions, type Snapshot } from '@revoagent/client';
import { useChannel as useChannelOf, useConnection as useConnectionOf } from '@revoagent/client/react';
import { queries, type Schemas } from '@/api/client.ts';

type Channels = Schemas['Channels'];
export type Channel = keyof Channels;

/** The one connection of this tab. */
export const live = new Realtime<Channels>({ url: location.origin });

let wasLive = false;
live.subscribe(() => {
  const isLive = live.getSnapshot().status === 'live';
  if (isLive && !wasLive) void queries.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' });
  wasLive = isLive;
});

export function useConnection(): Snapshot {
  return useConnectionOf(live);
}

/** Calls `handler` for each event of a channel while the component is shown; after a gap everything is asked anew. */
export function useChannel<K extends Channel>(
  channel: K,
  handler: (event: ChannelEvent<Channels[K]>) => void,
  options: ListenOptions = {},
): void {
  useChannelOf(live, channel, handler, {
    ...options,
    gap: (gap) => {
      void queries.invalidateQueries();
      options.gap?.(gap);
    },
  });
}
