export { BACKOFF, delay, type Backoff } from './backoff.ts';
export { Refused, type ChannelEvent, type Gap, type Problem } from './frames.ts';
export { Realtime, type ListenOptions, type SendOptions } from './realtime.ts';
export type { Options, Snapshot, Status, Wire, WireEvents } from './options.ts';
export type { Filters } from './subscription.ts';
