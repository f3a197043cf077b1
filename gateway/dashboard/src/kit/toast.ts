import { create } from 'zustand';

export interface Toast {
  kind: 'ok' | 'crit' | 'info';
  text: string;
}

interface Shown extends Toast {
  id: number;
}

const KEPT = 6_000;
const MOST = 4;

let last = 0;

export const useToasts = create<{ shown: readonly Shown[] }>(() => ({ shown: [] }));

/** Tells how an action of the user's own went; nothing else is told this way. Failures stay until they are closed. */
export function toast(told: Toast): void {
  const id = ++last;
  useToasts.setState(({ shown }) => ({ shown: [...shown, { ...told, id }].slice(-MOST) }));
  if (told.kind !== 'crit') setTimeout(() => untoast(id), KEPT);
}

export function untoast(id: number): void {
  useToasts.setState(({ shown }) => ({ shown: shown.filter((each) => each.id !== id) }));
}
