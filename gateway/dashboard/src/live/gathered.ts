import { useSyncExternalStore } from 'react';
import { here } from '@/api/clock.ts';

/** A value and when it was measured: what is shown says how old it is. */
export interface Measured<T> {
  readonly value: T;
  /** Milliseconds by the clock of this machine. */
  readonly at: number;
}

/** The newest message for each key of a channel, gathered for as long as somebody looks.
 *
 * Renders at most once in a frame, however many messages come. */
export class Latest<T> {
  private all: ReadonlyMap<string, Measured<T>> = new Map();
  private coming = new Map<string, Measured<T>>();
  private frame = 0;
  private readonly watchers = new Set<() => void>();
  private stop: (() => void) | null = null;

  constructor(private readonly listen: (put: (key: string, value: T, at: string) => void) => () => void) {}

  readonly snapshot = (): ReadonlyMap<string, Measured<T>> => this.all;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    this.stop ??= this.listen((key, value, at) => this.put(key, { value, at: here(at) }));
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size > 0) return;
      this.stop?.();
      this.stop = null;
    };
  };

  private put(key: string, measured: Measured<T>): void {
    this.coming.set(key, measured);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.all = new Map([...this.all, ...this.coming]);
      this.coming = new Map();
      for (const watcher of this.watchers) watcher();
    });
  }
}

export function useLatest<T>(latest: Latest<T>): ReadonlyMap<string, Measured<T>> {
  return useSyncExternalStore(latest.subscribe, latest.snapshot);
}
