import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useMemo } from 'react';
import { api, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Button } from '@/kit/Button.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { counted } from '@/kit/figures.ts';
import { Moment } from '@/kit/Moment.tsx';
import { Table } from '@/kit/Table.tsx';
import { duration } from '@/kit/time.ts';
import { toast } from '@/kit/toast.ts';
import { cell } from './cells.ts';
import { Picture } from './Picture.tsx';
import type { Drawn } from './views.ts';

const route = getRouteApi('/analytics');
const CHOICES = [
  { key: 'table', label: 'Table' },
  { key: 'line', label: 'Line' },
  { key: 'bar', label: 'Bars' },
] as const;
const WIDTH = 160;

type Answer = Schemas['Answer'];

/** What a statement gave: as a table or drawn, how long it took, how new it is, and whether it is all. */
export function Result({ statement, answer }: { statement: string; answer: Answer }) {
  const { draw = 'table' } = route.useSearch();
  const go = route.useNavigate();
  const { columns, rows, truncated, took_ms: took, as_of: asOf } = answer;
  const csv = useMutation({
    mutationFn: async () => {
      const { data } = await api.POST('/api/analytics/sql', { body: { sql: statement, parameters: {}, rows: null, format: 'csv' }, parseAs: 'text' });
      save(data as unknown as string);
    },
    onError: (error) => toast({ kind: 'crit', text: error.message }),
  });
  const places = useMemo(() => rows.map((_, place) => place), [rows]);
  const drawn = useMemo(
    () =>
      columns.map((title, place) => ({
        key: String(place),
        title,
        width: `minmax(${WIDTH}px,1fr)`,
        draw: drawing(rows, place),
      })),
    [columns, rows],
  );
  return (
    <section aria-label="Result" className="grid min-w-0 grid-cols-1 gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p role="status" className="num mr-auto text-sm text-text2">
          {counted(rows.length, 'row')} in {duration(took)}, as of <Moment at={here(asOf)} />
          {truncated !== '' && <span className="font-medium text-warn"> · cut at the limit of {truncated}: there is more</span>}
        </p>
        <Choice label="Shown as" options={CHOICES} chosen={draw} onChoose={(key: Drawn) => void go({ search: (before) => ({ ...before, draw: key === 'table' ? undefined : key }), replace: true })} />
        <Button icon={<Download size={14} aria-hidden />} busy={csv.isPending} onClick={() => csv.mutate()}>
          CSV
        </Button>
      </div>
      {rows.length === 0 && <p className="text-text2">No row fits.</p>}
      {rows.length > 0 && draw === 'table' && <Table label="Rows" rows={places} columns={drawn} id={String} least={columns.length * (WIDTH + 12) + 12} />}
      {rows.length > 0 && draw !== 'table' && <Picture answer={answer} draw={draw} />}
    </section>
  );
}

function drawing(rows: Answer['rows'], place: number) {
  return (row: number) => <Value of={rows[row]?.[place]} />;
}

function Value({ of }: { of: unknown }) {
  return of === null ? <span className="text-text3">NULL</span> : <span title={cell(of).slice(0, 2_000)}>{cell(of).slice(0, 500)}</span>;
}

function save(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'rows.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
