import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queries, read } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Button } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { Confirm } from '@/kit/Confirm.tsx';
import { counted } from '@/kit/figures.ts';
import { Json } from '@/kit/Json.tsx';
import { Message } from '@/kit/Message.tsx';
import { Ago } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState, FilterEmpty } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { Requeue } from './Requeue.tsx';
import { byError, type Letter, queueOf } from './words.ts';

const route = getRouteApi('/failures');
const EVERY = 5_000;
const PAGE = 50;

type Asked = { kind: 'requeue'; letters: readonly Letter[] } | { kind: 'drop'; letter: Letter };

/** Tasks that failed for good: to be run again after a look, or forgotten. */
export function Letters() {
  const { queue, error } = route.useSearch();
  const go = route.useNavigate();
  const query = useQuery({ ...read('/api/dead-letters'), refetchInterval: EVERY });
  const [drawn, setDrawn] = useState(PAGE);
  const [asked, ask] = useState<Asked | null>(null);
  const filter = (next: { queue?: string | undefined; error?: string | undefined }) =>
    void go({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <Card title="Dead letters">
      <Shown query={query}>
        {(all) => {
          if (all.length === 0) return <EmptyState command="revo dlq ls">No task has failed for good.</EmptyState>;
          const shown = all.filter((letter) => (queue === undefined || queueOf(letter.function) === queue) && (error === undefined || letter.error.type === error));
          const newest = shown.toReversed();
          return (
            <div className="grid grid-cols-1 gap-3">
              <div className="flex flex-wrap items-center gap-2">
                <Pick label="Error" chosen={error} options={byError(all).map((each) => each.error)} onPick={(next) => filter({ error: next })} />
                <Pick label="Queue" chosen={queue} options={[...new Set(all.map((letter) => queueOf(letter.function)))].sort()} onPick={(next) => filter({ queue: next })} />
                {shown.length > 0 && (
                  <Button className="ml-auto" onClick={() => ask({ kind: 'requeue', letters: shown })}>
                    Requeue {counted(shown.length, 'letter')}…
                  </Button>
                )}
              </div>
              {shown.length === 0 && <FilterEmpty what="dead letters" onClear={() => filter({ queue: undefined, error: undefined })} />}
              <ul className="grid grid-cols-1">
                {newest.slice(0, drawn).map((letter) => (
                  <Row key={letter.id} letter={letter} onRequeue={() => ask({ kind: 'requeue', letters: [letter] })} onDrop={() => ask({ kind: 'drop', letter })} />
                ))}
              </ul>
              {newest.length > drawn && <Button onClick={() => setDrawn(drawn + PAGE)}>{counted(newest.length - drawn, 'more', 'more')}</Button>}
            </div>
          );
        }}
      </Shown>
      {asked?.kind === 'requeue' && (
        <Requeue what={counted(asked.letters.length, 'dead letter')} selection={{ ids: asked.letters.slice(0, 10_000).map(({ id }) => id) }} onClose={() => ask(null)} />
      )}
      {asked?.kind === 'drop' && <Drop letter={asked.letter} onClose={() => ask(null)} />}
    </Card>
  );
}

function Pick({ label, chosen, options, onPick }: { label: string; chosen: string | undefined; options: readonly string[]; onPick: (next: string | undefined) => void }) {
  return (
    <label className="inline-flex items-center gap-2 text-sm text-text2">
      {label}
      <select className="h-8 max-w-40 rounded-control border border-control bg-surface px-2 text-text pointer-coarse:h-11" value={chosen ?? ''} onChange={(event) => onPick(event.target.value || undefined)}>
        <option value="">any</option>
        {(chosen === undefined || options.includes(chosen) ? options : [chosen, ...options]).map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

function Row({ letter, onRequeue, onDrop }: { letter: Letter; onRequeue: () => void; onDrop: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <li className="min-w-0 border-b border-line py-2 last:border-0">
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="rounded-control hover:bg-hover">
          <span className="font-medium">{letter.function}</span> <code className="font-mono text-xs text-crit">{letter.error.type}</code>{' '}
          <span className="text-sm text-text2">
            after {counted(letter.attempts, 'attempt')}, <Ago at={here(letter.at)} />
          </span>
          <span className="block truncate pl-4 text-sm text-text2">
            <bdi>{letter.error.message}</bdi>
          </span>
        </summary>
        {open && (
          <div className="mt-2 grid grid-cols-1 gap-3 pl-4">
            <p className="font-mono text-xs break-all text-text3">{letter.id}</p>
            <Message label="Error">{letter.error.message}</Message>
            <Json value={letter.input} label="Input" />
            <div className="flex gap-2">
              <Button onClick={onRequeue}>Requeue…</Button>
              <Button kind="danger" onClick={onDrop}>
                Drop…
              </Button>
            </div>
          </div>
        )}
      </details>
    </li>
  );
}

function Drop({ letter, onClose }: { letter: Letter; onClose: () => void }) {
  const act = async () => {
    await api.DELETE('/api/dead-letters/{id}', { params: { path: { id: letter.id } } });
    toast({ kind: 'ok', text: 'The dead letter is gone' });
    await queries.invalidateQueries({ queryKey: ['/api/dead-letters'] });
  };
  return (
    <Confirm title="Drop a dead letter" word="Drop 1 dead letter" danger act={act} onClose={onClose}>
      <p>
        The input of {letter.function} is forgotten, and it cannot be run again from here. Its result stays for as long as results are kept.
      </p>
    </Confirm>
  );
}
