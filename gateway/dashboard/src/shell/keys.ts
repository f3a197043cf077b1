import { useEffect } from 'react';
import { usePreferences } from './preferences.ts';

export interface Shortcut {
  /** What is pressed: `n`, `g o`, `mod+k`, `?`, `shift+D`. */
  keys: string;
  /** What it does, for the help. */
  does: string;
  act: () => void;
}

const TOGETHER = 900;
const shortcuts = new Set<Shortcut>();

/** Every shortcut that holds right now: those of the shell, and those of the page that is shown. */
export function known(): Shortcut[] {
  return [...shortcuts];
}

/** Shortcuts for as long as the component is shown. The list must keep its identity: define it outside, or memo it. */
export function useShortcuts(list: readonly Shortcut[]): void {
  useEffect(() => {
    for (const one of list) shortcuts.add(one);
    return () => {
      for (const one of list) shortcuts.delete(one);
    };
  }, [list]);
}

/** How the keys are called on this machine. */
export function written(keys: string): string {
  if (keys === ' ') return 'Space';
  const mac = navigator.platform.startsWith('Mac');
  return keys.replace('mod+', mac ? '⌘' : 'Ctrl ').replace('shift+', 'Shift ');
}

let before: { key: string; at: number } | null = null;

/** Runs what a key stands for. Single keys are off where something is being written, and where they are not wanted. */
export function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement | null;
  const writing = target !== null && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  const mod = event.metaKey || event.ctrlKey;
  if (event.altKey || event.isComposing || event.repeat) return;
  let name = event.key;
  if (mod) name = `mod+${event.key.toLowerCase()}`;
  else if (event.shiftKey && /^[A-Z]$/.test(event.key)) name = `shift+${event.key}`;
  // Space presses what has the focus.
  if (name === ' ' && target?.closest('button, a, summary, [role=tab], [role=option]')) return;
  if (!mod && (writing || !usePreferences.getState().keys || document.querySelector('dialog[open]') !== null)) return;
  const sequence = before !== null && event.timeStamp - before.at < TOGETHER ? `${before.key} ${name}` : name;
  before = null;
  const found = known().find((one) => one.keys === sequence) ?? known().find((one) => one.keys === name);
  if (found !== undefined) {
    event.preventDefault();
    found.act();
  } else if (known().some((one) => one.keys.startsWith(`${name} `))) {
    before = { key: name, at: event.timeStamp };
  }
}
