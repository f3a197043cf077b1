import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { read } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { counted } from '@/kit/figures.ts';
import { Moment } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { look, StatusChip, TEXT } from '@/kit/Status.tsx';
import { EmptyState, FilterEmpty } from '@/kit/states.tsx';
import { useChannel } from '@/live/live.ts';
import { CONTROL } from './fields.tsx';
import { joined, type Line, wanted } from './lines.ts';
import { LEVELS, type TabProps } from './tabs.ts';

const CHOICES = LEVELS.map((key) => ({ key, label: key }));
const PAGE = 200;
const NEAR = 40;
const SETTLED = 2_000;

/** What the tasks of an agent write, as they write it. */
export default function Logs({ id, search, onChange }: TabProps & { id: string }) {
  const { level = 'debug', text = '' } = search;
  const past = useQuery({ ...read('/api/agents/{id}/logs', { params: { path: { id }, query: { limit: PAGE } } }), staleTime: Number.POSITIVE_INFINITY });
  const { refetch } = past;
  useEffect(() => {
    // A line may come after the past was asked for and before the gateway knows that this page listens.
    const timer = setTimeout(() => void refetch(), SETTLED);
    return () => clearTimeout(timer);
  }, [refetch]);
  const heard = useHeard(id);
  const [following, setFollowing] = useState(true);
  const [until, setUntil] = useState(0);
  const lines = useMemo(() => joined(old(past.data?.items ?? []), heard), [past.data, heard]);
  // While nobody follows, what is read stays where it is.
  const held = following ? lines : lines.filter(({ seq }) => seq <= until);
  const shown = wanted(held, level, text);
  const waiting = lines.length - held.length;
  const stop = () => {
    setUntil(lines.at(-1)?.seq ?? 0);
    setFollowing(false);
  };
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Choice label="Least level" options={CHOICES} chosen={level} onChoose={(key) => onChange({ level: key === 'debug' ? undefined : key })} />
        <input type="search" aria-label="Search the logs" placeholder="Search" className={`${CONTROL} !w-48`} value={text} onChange={(event) => onChange({ text: event.target.value || undefined })} />
        <Button aria-pressed={following} onClick={following ? stop : () => setFollowing(true)}>
          {following ? 'Following' : 'Follow'}
        </Button>
        {waiting > 0 && (
          <Button kind="quiet" onClick={() => setFollowing(true)}>
            {counted(waiting, 'new line')}
          </Button>
        )}
      </div>
      <Shown query={past}>
        {() => {
          if (lines.length === 0) return <EmptyState command={`revo agent logs ${id} -f`}>Its tasks have written nothing yet.</EmptyState>;
          if (shown.length === 0) return <FilterEmpty what="lines" onClear={() => onChange({ level: undefined, text: undefined })} />;
          return <Lines lines={shown} following={following} onLeave={stop} />;
        }}
      </Shown>
    </div>
  );
}

/** Lines that came since the page was opened: one render a frame, however many they are. */
function useHeard(agent: string): readonly Line[] {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const coming = useRef<Line[]>([]);
  const frame = useRef(0);
  useChannel(
    'task_events',
    ({ payload, seq }) => {
      // Another listener may want all of the channel: the gateway's filter is no promise.
      if (!('level' in payload) || (payload.agent !== agent && payload.function.split('.')[0] !== agent)) return;
      coming.current.push({ ...payload, seq });
      frame.current ||= requestAnimationFrame(() => {
        const more = coming.current;
        coming.current = [];
        frame.current = 0;
        setLines((known) => joined(known, more));
      });
    },
    { filters: { agent } },
  );
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return lines;
}

/** Rows of the route, the newest first, as lines in their order. */
function old(items: readonly unknown[]): readonly Line[] {
  const rows = items as (Line & { stream_seq: number })[];
  return rows.toReversed().map(({ id, function: name, level, message, at, attempt, fields, stream_seq: seq }) => ({ id, function: name, level, message, at, attempt, fields, seq }));
}

interface LinesProps {
  lines: readonly Line[];
  following: boolean;
  onLeave: () => void;
}

function Lines({ lines, following, onLeave }: LinesProps) {
  const view = useRef<HTMLDivElement>(null);
  const last = lines.at(-1)?.seq;
  useEffect(() => {
    if (following && last !== undefined && view.current !== null) view.current.scrollTop = view.current.scrollHeight;
  }, [last, following]);
  return (
    <div
      ref={view}
      role="log"
      aria-label="Log lines"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by keys
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => following && scrollHeight - scrollTop - clientHeight > NEAR && onLeave()}
      className="max-h-[60dvh] overflow-y-auto rounded-button border border-line bg-sunken py-1 font-mono text-xs"
    >
      {lines.map((line) => (
        <div key={line.seq} className="grid grid-cols-[auto_1fr] gap-x-3 px-3 py-0.5 [contain-intrinsic-size:auto_20px] [content-visibility:auto] hover:bg-hover sm:grid-cols-[auto_6.5rem_11rem_1fr]">
          <span className="text-text3">
            <Moment at={line.at} />
          </span>
          <Mark level={line.level} />
          <span className="hidden truncate text-text2 sm:inline" title={line.id}>
            {line.function}
          </span>
          <bdi className="col-span-2 wrap-anywhere whitespace-pre-wrap sm:col-span-1">{line.message}</bdi>
        </div>
      ))}
    </div>
  );
}

function Mark({ level }: { level: Line['level'] }) {
  if (level === 'error' || level === 'warning') return <StatusChip state={level} />;
  return <span className={TEXT[look(level).tone]}>{level}</span>;
}
