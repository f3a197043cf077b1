import { useMutation, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { api, queries, read, type Schemas } from '@/api/client.ts';
import { Button, IconButton } from '@/kit/Button.tsx';
import { CONTROL } from '@/kit/Field.tsx';
import { number } from '@/kit/figures.ts';
import { Ago } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { toast } from '@/kit/toast.ts';
import type { Past } from './kept.ts';

const SAVED = '/api/analytics/saved';
const TABS = [
  { key: 'tables', label: 'Tables' },
  { key: 'history', label: 'History' },
  { key: 'saved', label: 'Saved' },
] as const;

interface Props {
  schema: UseQueryResult<Schemas['Relation'][]>;
  past: readonly Past[];
  sql: string;
  onPick: (sql: string) => void;
  onInsert: (name: string) => void;
}

/** Beside the editor: what can be asked of, what was asked, and what was kept. */
export function Shelf({ schema, past, sql, onPick, onInsert }: Props) {
  const [shown, setShown] = useState<(typeof TABS)[number]['key']>('tables');
  return (
    <Tabs label="Beside the editor" tabs={TABS} shown={shown} onShow={setShown}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lists scroll by keys */}
      <div className="max-h-[32rem] overflow-y-auto" role="group" aria-label={shown} tabIndex={0}>
        {shown === 'tables' && <Tables schema={schema} onInsert={onInsert} />}
        {shown === 'history' && <History past={past} onPick={onPick} />}
        {shown === 'saved' && <Saved sql={sql} onPick={onPick} />}
      </div>
    </Tabs>
  );
}

const failed = (error: Error) => toast({ kind: 'crit', text: error.message });

function Tables({ schema, onInsert }: { schema: Props['schema']; onInsert: Props['onInsert'] }) {
  return (
    <Shown query={schema}>
      {(all) => (
        <ul className="grid gap-1">
          {all.map(({ name, doc, rows, columns }) => (
            <li key={name}>
              <details>
                <summary className="rounded-control px-1 py-0.5 hover:bg-hover" title={doc}>
                  <span className="font-mono text-sm">{name}</span> <span className="num text-xs text-text3">{number(rows)}</span>
                </summary>
                {doc !== '' && <p className="px-1 py-1 text-xs text-text3">{doc}</p>}
                <ul className="mb-2 ml-2 border-l border-line pl-2">
                  {columns.map((column) => (
                    <li key={column.name} title={column.doc}>
                      <button type="button" className="flex min-h-6 w-full items-center justify-between gap-2 rounded-control px-1 text-left hover:bg-hover pointer-coarse:min-h-9" onClick={() => onInsert(column.name)}>
                        <span className="min-w-0 truncate font-mono text-xs">{column.name}</span>
                        <span className="min-w-0 truncate text-xs text-text3">{column.type.toLowerCase()}</span>
                      </button>
                    </li>
                  ))}
                </ul>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Shown>
  );
}

const PICK = 'block w-full min-w-0 rounded-control px-1 py-1 text-left hover:bg-hover';

function History({ past, onPick }: { past: readonly Past[]; onPick: Props['onPick'] }) {
  if (past.length === 0) return <p className="text-sm text-text2">Nothing was run in this browser.</p>;
  return (
    <ul className="grid gap-1">
      {past.map(({ sql, at, rows }) => (
        <li key={at}>
          <button type="button" className={PICK} onClick={() => onPick(sql)}>
            <span className="line-clamp-2 font-mono text-xs break-words">{sql}</span>
            <span className="text-xs text-text3">
              <Ago at={at} /> · {rows === null ? 'failed' : `${number(rows)} rows`}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Saved({ sql, onPick }: { sql: string; onPick: Props['onPick'] }) {
  const all = useQuery(read(SAVED));
  const [name, setName] = useState('');
  const again = () => void queries.invalidateQueries({ queryKey: [SAVED] });
  const save = useMutation({
    mutationFn: () => api.PUT('/api/analytics/saved/{name}', { params: { path: { name } }, body: { sql, doc: '', parameters: {} } }),
    onSuccess: () => {
      toast({ kind: 'ok', text: `Saved as ${name}.` });
      setName('');
      again();
    },
    onError: failed,
  });
  const forget = useMutation({
    mutationFn: (gone: string) => api.DELETE('/api/analytics/saved/{name}', { params: { path: { name: gone } } }),
    onSuccess: again,
    onError: failed,
  });
  return (
    <div className="grid gap-3">
      <form
        className="flex gap-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (name !== '') save.mutate();
        }}
      >
        <input aria-label="Name to save under" placeholder="name" maxLength={64} className={CONTROL} value={name} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" busy={save.isPending} disabled={name === ''}>
          Save
        </Button>
      </form>
      <Shown query={all}>
        {(list) =>
          list.length === 0 ? (
            <p className="text-sm text-text2">No statement is kept.</p>
          ) : (
            <ul className="grid gap-1">
              {list.map((each) => (
                <li key={each.name} className="flex items-start gap-1">
                  <button type="button" className={PICK} onClick={() => onPick(each.sql)}>
                    <span className="block font-medium">{each.name}</span>
                    <span className="line-clamp-2 font-mono text-xs break-words text-text3">{each.sql}</span>
                  </button>
                  <IconButton kind="quiet" label={`Keep ${each.name} no longer`} onClick={() => forget.mutate(each.name)}>
                    <Trash2 size={14} aria-hidden />
                  </IconButton>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </div>
  );
}
