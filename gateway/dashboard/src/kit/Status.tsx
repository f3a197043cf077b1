import { Ban, CircleAlert, CircleCheck, CircleDashed, CircleDot, CircleOff, CirclePause, CircleX, Clock, Gauge, LoaderCircle, type LucideIcon } from 'lucide-react';

export type Tone = 'ok' | 'warn' | 'crit' | 'info' | 'off';

interface Look {
  tone: Tone;
  icon: LucideIcon;
  word: string;
  turns?: boolean;
}

/** Every state that the gateway names, by shape, word and colour: no one of them alone carries the meaning. */
const LOOKS: Record<string, Look> = {
  queued: { tone: 'off', icon: CircleDashed, word: 'Queued' },
  waiting: { tone: 'info', icon: Clock, word: 'Waiting' },
  running: { tone: 'info', icon: LoaderCircle, word: 'Running', turns: true },
  completed: { tone: 'ok', icon: CircleCheck, word: 'Completed' },
  failed: { tone: 'crit', icon: CircleX, word: 'Failed' },
  rejected: { tone: 'crit', icon: Ban, word: 'Rejected' },
  canceled: { tone: 'off', icon: CircleOff, word: 'Canceled' },
  idle: { tone: 'ok', icon: CircleDot, word: 'Idle' },
  processing: { tone: 'info', icon: LoaderCircle, word: 'Processing', turns: true },
  overloaded: { tone: 'warn', icon: Gauge, word: 'Overloaded' },
  error: { tone: 'crit', icon: CircleAlert, word: 'Error' },
  stopped: { tone: 'off', icon: CirclePause, word: 'Stopped' },
  offline: { tone: 'off', icon: CircleOff, word: 'Offline' },
  draining: { tone: 'warn', icon: CirclePause, word: 'Draining' },
  alive: { tone: 'ok', icon: CircleCheck, word: 'Alive' },
  frozen: { tone: 'crit', icon: CircleAlert, word: 'Frozen' },
  starting: { tone: 'info', icon: LoaderCircle, word: 'Starting', turns: true },
  restarting: { tone: 'warn', icon: LoaderCircle, word: 'Restarting', turns: true },
  drained: { tone: 'off', icon: CirclePause, word: 'Drained' },
  gone: { tone: 'off', icon: CircleOff, word: 'Gone' },
  healthy: { tone: 'ok', icon: CircleCheck, word: 'Healthy' },
  stressed: { tone: 'warn', icon: Gauge, word: 'Stressed' },
  degraded: { tone: 'crit', icon: CircleAlert, word: 'Degraded' },
  unknown: { tone: 'off', icon: CircleDashed, word: 'Unknown' },
  firing: { tone: 'crit', icon: CircleAlert, word: 'Firing' },
  acknowledged: { tone: 'warn', icon: CircleDot, word: 'Acknowledged' },
  resolved: { tone: 'ok', icon: CircleCheck, word: 'Resolved' },
  info: { tone: 'info', icon: CircleDot, word: 'Info' },
  warning: { tone: 'warn', icon: CircleAlert, word: 'Warning' },
  critical: { tone: 'crit', icon: CircleX, word: 'Critical' },
};

export const TEXT: Record<Tone, string> = {
  ok: 'text-ok',
  warn: 'text-warn',
  crit: 'text-crit',
  info: 'text-info',
  off: 'text-off',
};
const SOFT: Record<Tone, string> = {
  ok: 'bg-ok-soft',
  warn: 'bg-warn-soft',
  crit: 'bg-crit-soft',
  info: 'bg-info-soft',
  off: 'bg-off-soft',
};

/** A state that a newer gateway may name is shown by its name. */
export function look(state: string): Look {
  return LOOKS[state] ?? { tone: 'off', icon: CircleDashed, word: state };
}

export function StatusChip({ state, filled = false }: { state: string; filled?: boolean }) {
  const { tone, icon: Icon, word, turns } = look(state);
  const fill = filled ? `rounded-full px-2 py-0.5 ${SOFT[tone]}` : '';
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${TEXT[tone]} ${fill}`}>
      <Icon size={14} aria-hidden className={turns ? 'animate-spin [animation-duration:2s]' : ''} />
      {word}
    </span>
  );
}
