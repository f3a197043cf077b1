import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Play } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { api, read, type Schemas } from '@/api/client.ts';
import { Failure } from '@/api/failure.ts';
import { Button } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { ErrorState, EmptyState, Skeleton } from '@/kit/states.tsx';
import { written } from '@/shell/keys.ts';
import { draft, history, keep, keepDraft, remembered } from './kept.ts';
import { Result } from './Result.tsx';
import { Shelf } from './Shelf.tsx';

const Editor = lazy(() => import('./Editor.tsx'));
const route = getRouteApi('/analytics');
/** Longer statements make no address. */
const MOST_IN_URL = 4_000;
const ROWS = 10_000;

/** One SELECT, what it gave, and what there is to ask of. */
export function Console() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const [sql, setSql] = useState(() => search.sql ?? draft());
  const [past, setPast] = useState(history);
  const schema = useQuery(read('/api/analytics/schema'));
  const tables = useMemo(() => Object.fromEntries((schema.data ?? []).map(({ name, columns }) => [name, columns.map((column) => column.name)])), [schema.data]);
  const asked = useMutation({
    mutationFn: async (statement: string) => {
      const { data } = await api.POST('/api/analytics/sql', { body: { sql: statement, rows: ROWS, parameters: {}, format: 'json' } });
      return { statement, answer: data as Schemas['Answer'] };
    },
    onSettled: (told, _, statement) => {
      const list = remembered(history(), { sql: statement, at: Date.now(), rows: told?.answer.rows.length ?? null });
      keep(list);
      setPast(list);
    },
  });
  const write = (next: string) => {
    setSql(next);
    keepDraft(next);
  };
  const run = () => {
    if (sql.trim() === '' || asked.isPending) return;
    void go({ search: (before) => ({ ...before, sql: sql.length <= MOST_IN_URL ? sql : undefined }), replace: true });
    asked.mutate(sql);
  };
  const problem = asked.error instanceof Failure ? (asked.error.problem as { line?: number; position?: number }) : null;
  return (
    <div className="grid grid-cols-1 gap-4 lg:grid-cols-[minmax(0,1fr)_17rem]">
      <div className="grid min-w-0 content-start gap-3">
        <Suspense fallback={<Skeleton rows={1} height={192} label="Loading the editor" />}>
          <Editor value={sql} tables={tables} line={problem?.line ?? null} onChange={write} onRun={run} />
        </Suspense>
        <div className="flex flex-wrap items-center gap-3">
          <Button kind="primary" icon={<Play size={14} aria-hidden />} busy={asked.isPending} onClick={run}>
            Run
          </Button>
          <span className="text-xs text-text3">{written('mod+enter').replace('enter', 'Enter')} · one SELECT, on rows that are some seconds old</span>
        </div>
        {asked.error !== null && <ErrorState error={asked.error} {...(problem?.line === undefined ? {} : { what: `Line ${problem.line}` })} onRetry={run} />}
        {asked.data !== undefined ? <Result statement={asked.data.statement} answer={asked.data.answer} /> : asked.error === null && !asked.isPending && <EmptyState command={'revo sql "SELECT count(*) FROM tasks"'}>Nothing has been asked yet.</EmptyState>}
        {asked.isPending && asked.data === undefined && <Skeleton rows={6} height={28} label="Asking" />}
      </div>
      <Card className="min-w-0 content-start">
        <Shelf schema={schema} past={past} sql={sql} onPick={write} onInsert={(name) => write(`${sql.trimEnd()} ${name}`)} />
      </Card>
    </div>
  );
}
