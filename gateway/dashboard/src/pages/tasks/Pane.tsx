import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { asked } from '@/api/asked.ts';
import { api, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Button } from '@/kit/Button.tsx';
import { CopyButton } from '@/kit/Copy.tsx';
import { bytes } from '@/kit/figures.ts';
import { Json } from '@/kit/Json.tsx';
import { Message } from '@/kit/Message.tsx';
import { Moment } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { Logs } from './Logs.tsx';
import { ENDED, Nothing, past, useTask } from './known.tsx';
import { type Tab, TABS } from './tabs.ts';
import { type Told, useTold, words } from './useTold.ts';

type View = Schemas['TaskView'];
type Result = Schemas['Result'];

const WORDS: Record<Tab, string> = { input: 'Input', output: 'Output', error: 'Error', attempts: 'Attempts', logs: 'Logs', raw: 'Raw' };
const PAST = 'It ended too long ago: what it was given and what it returned are no longer kept, only when it ran and how it ended.';
/** Characters of the raw answer that are drawn. */
const RAW = 20_000;

interface Props {
  id: string;
  tab: Tab | undefined;
  told: readonly Told[] | null;
  onTab: (tab: Tab) => void;
}

/** Everything about the task that is chosen in the timeline. */
export function Pane({ id, tab, told, onTab }: Props) {
  const query = useTask(id);
  return (
    <Shown query={query} missing={`Task ${id}`}>
      {(view) => <Details view={view} tab={tab} told={told} onTab={onTab} />}
    </Shown>
  );
}

function Details({ view, tab, told, onTab }: Omit<Props, 'id'> & { view: View }) {
  const failed = (view.result?.error ?? (past(view) ? view.message : null) ?? null) !== null;
  const shown = tab ?? (failed ? 'error' : ENDED.has(view.state) ? 'output' : 'logs');
  const heard = useTold(view.id, told === null && !ENDED.has(view.state));
  const all = told ?? heard;
  return (
    <>
      {told === null && (
        <p className="mb-3 flex flex-wrap items-center gap-3 text-sm">
          <StatusChip state={view.state} />
          <Link to="/tasks/$id" params={{ id: view.id }} className="underline">
            Open {view.function}
          </Link>
        </p>
      )}
      <Tabs label="Details" tabs={TABS.map((key) => ({ key, label: WORDS[key] }))} shown={shown} onShow={onTab}>
        {shown === 'input' && <Input view={view} />}
        {shown === 'output' && <Output view={view} />}
        {shown === 'error' && (past(view) ? <Nothing>{view.message ?? PAST}</Nothing> : <Failed error={view.result?.error ?? null} />)}
        {shown === 'attempts' && <Attempts id={view.id} />}
        {shown === 'logs' && <Logs told={all} open={!ENDED.has(view.state)} />}
        {shown === 'raw' && <Raw view={view} />}
      </Tabs>
    </>
  );
}

/** What it was given, also before it has ended. */
export function useInput(view: View) {
  const { id, result } = view;
  return useQuery({
    queryKey: ['input', id, result === undefined || result === null],
    queryFn: async ({ signal }): Promise<{ value: unknown }> => {
      if (result !== undefined && result !== null) return { value: result.input };
      const { data } = await api.GET('/api/tasks/{id}/input', { params: { path: { id } }, signal });
      return { value: data };
    },
    enabled: !past(view),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function Input({ view }: { view: View }) {
  const query = useInput(view);
  if (past(view)) return <Nothing>{PAST}</Nothing>;
  return <Shown query={query}>{({ value }) => <Json value={value} label="Input" />}</Shown>;
}

function Output({ view }: { view: View }) {
  const { result } = view;
  if (past(view)) return <Nothing>{PAST}</Nothing>;
  if (result === undefined || result === null) return <Nothing>It has not ended.</Nothing>;
  if (result.state !== 'completed') return <Nothing>It has no output, because it did not complete.</Nothing>;
  const size = apart(result);
  if (size === null) return <Json value={result.output} label="Output" />;
  return <Apart id={view.id} size={size} />;
}

/** An output that is too large for a result: it is fetched where somebody wants to see it. */
function Apart({ id, size }: { id: string; size: number }) {
  const [wanted, setWanted] = useState(false);
  const query = useQuery({
    queryKey: ['output', id],
    queryFn: async ({ signal }) => (await api.GET('/api/tasks/{id}/output', { params: { path: { id } }, signal })).data as unknown,
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (wanted) return <Shown query={query}>{(value) => <Json value={value} label="Output" />}</Shown>;
  return (
    <div className="flex flex-wrap items-center gap-3 text-text2">
      <span>It is large, {bytes(size)}, and kept apart from the result.</span>
      <Button onClick={() => setWanted(true)}>Show it here</Button>
      <a className="underline" href={`/api/tasks/${encodeURIComponent(id)}/output`} download={`${id}.json`}>
        Download
      </a>
    </div>
  );
}

/** Bytes of an output that is kept apart; null where it is here. */
function apart({ output }: Result): number | null {
  const said = output as { object?: unknown; size?: unknown; sha256?: unknown } | null;
  const there = typeof said === 'object' && typeof said?.object === 'string' && typeof said.sha256 === 'string';
  return there && typeof said?.size === 'number' ? said.size : null;
}

function Failed({ error }: { error: Result['error'] }) {
  if (error === null) return <Nothing>Nothing went wrong.</Nothing>;
  return (
    <div className="grid gap-3">
      <div className="flex items-start justify-between gap-3 rounded-button bg-crit-soft p-3 text-crit">
        <Message label="Error">{error.message}</Message>
        <CopyButton text={error.message} label="Copy the message" />
      </div>
      <p className="text-sm text-text2">
        <code className="font-mono">{error.type}</code> · {error.retryable ? 'could have been tried again' : 'is the same each time'}
      </p>
      {error.details !== null && error.details !== undefined && <Json value={error.details} label="Details" />}
    </div>
  );
}

function Attempts({ id }: { id: string }) {
  const query = useQuery({ ...asked('attempts', { id }), refetchInterval: 5_000 });
  return (
    <Shown query={query}>
      {({ rows }) =>
        rows.length === 0 ? (
          <Nothing>No attempt has ended.</Nothing>
        ) : (
          <ol className="grid text-sm">
            {rows.map((row) => (
              <li key={`${String(row['attempt'])} ${String(row['ended_at'])}`} className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line py-2 last:border-0">
                <span className="num w-6 text-text3">{String(row['attempt'])}</span>
                {row['outcome'] === 'retried' ? <span className="font-medium text-warn">Failed, was retried</span> : <StatusChip state={String(row['outcome'])} />}
                <bdi className="line-clamp-6 min-w-0 flex-1 basis-60 wrap-anywhere text-text2">{words(row['error_message'])}</bdi>
                <span className="text-text3">
                  <Moment at={here(String(row['ended_at']))} />
                </span>
              </li>
            ))}
          </ol>
        )
      }
    </Shown>
  );
}

function Raw({ view }: { view: View }) {
  const text = useMemo(() => JSON.stringify(view, null, 2), [view]);
  return (
    <div className="rounded-button bg-sunken p-3">
      <div className="mb-1 flex items-center justify-between text-xs text-text3">
        <span>
          {bytes(text.length)}
          {text.length > RAW && `, the first ${bytes(RAW)} are shown`}
        </span>
        <CopyButton text={text} label="Copy the whole" />
      </div>
      <pre className="font-mono text-xs wrap-anywhere whitespace-pre-wrap">
        {text.slice(0, RAW)}
      </pre>
    </div>
  );
}
