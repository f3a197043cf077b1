import type { Snapshot } from '@revoagent/client';
import { Button } from '@/kit/Button.tsx';
import { counted } from '@/kit/figures.ts';
import { useNow } from '@/kit/time.ts';
import { live, useConnection } from '@/live/live.ts';

/** A drop that is over sooner is nobody's business. */
const GRACE = 2_500;

interface Said {
  colour: string;
  text: string;
  /** What is announced, once for each state and not for each second. */
  announced: string;
}

/** What the pill says of a connection. */
export function said({ status, retryAt, transport }: Snapshot, now: number): Said {
  switch (status) {
    case 'live':
      return transport === 'events'
        ? { colour: 'text-ok', text: 'Live (events)', announced: 'Live, by events' }
        : { colour: 'text-ok', text: 'Live', announced: 'Live' };
    case 'waiting': {
      const left = Math.ceil(((retryAt ?? now) - now) / 1000);
      return { colour: 'text-warn', text: left > 0 ? `Reconnecting in ${left} s` : 'Reconnecting…', announced: 'Reconnecting' };
    }
    case 'offline':
      return { colour: 'text-crit', text: 'Offline', announced: 'Offline' };
    case 'denied':
      return { colour: 'text-crit', text: 'Signed out', announced: 'Signed out' };
    default:
      return { colour: 'text-text2', text: 'Connecting…', announced: 'Connecting' };
  }
}

/** The state as it is shown: a connection that was lost a moment ago still counts as live. */
export function useShownConnection(): Snapshot {
  const state = useConnection();
  const now = useNow();
  const calm = state.lostAt !== null && now - state.lostAt < GRACE && state.status !== 'denied';
  return calm ? { ...state, status: 'live' } : state;
}

export function ConnectionPill() {
  const state = useShownConnection();
  const { queued } = useConnection();
  const now = useNow();
  const { colour, text, announced } = said(state, now);
  return (
    <div className={`flex items-center gap-1.5 text-xs font-medium whitespace-nowrap ${colour}`} data-testid="connection" data-status={state.status}>
      <span className="sr-only" role="status">
        {announced}
        {queued > 0 && state.status !== 'live' ? `, ${counted(queued, 'action')} waiting` : ''}
      </span>
      <span aria-hidden className="size-2 rounded-full bg-current" />
      <span aria-hidden className="num">
        {text}
      </span>
      {queued > 0 && state.status !== 'live' && (
        <span aria-hidden className="num text-text2">
          · {queued} queued
        </span>
      )}
      {(state.status === 'waiting' || state.status === 'offline') && (
        <Button className="!h-6 !px-2 text-xs" onClick={() => live.kick()}>
          Retry now
        </Button>
      )}
    </div>
  );
}
