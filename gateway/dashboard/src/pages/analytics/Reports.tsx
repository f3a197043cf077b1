import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { read } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { AgentsReport } from './AgentsReport.tsx';
import { Grid } from './Grid.tsx';
import { Picture } from './Picture.tsx';
import { filled, SHAPES } from './reports.ts';
import { HOURS, type Report, type Window, WINDOWS } from './views.ts';

const route = getRouteApi('/analytics');
const WINDOW_CHOICES = WINDOWS.map((key) => ({ key, label: key }));
const CHOICES = [
  { key: 'success', label: 'Success' },
  { key: 'failures', label: 'Failures' },
  { key: 'times', label: 'Times' },
  { key: 'throughput', label: 'Throughput' },
  { key: 'cost', label: 'Cost' },
  { key: 'trends', label: 'Trends' },
  { key: 'agents', label: 'Agents' },
] as const;

/** What people ask again and again, over a window. */
export default function Reports() {
  const { report = 'success', window = '24h' } = route.useSearch();
  const go = route.useNavigate();
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="max-w-full overflow-x-auto">
          <Choice label="Report" options={CHOICES} chosen={report} onChoose={(key: Report) => void go({ search: (before) => ({ ...before, report: key === 'success' ? undefined : key }) })} />
        </div>
        <Choice label="Window" options={WINDOW_CHOICES} chosen={window} onChoose={(key: Window) => void go({ search: (before) => ({ ...before, window: key === '24h' ? undefined : key }), replace: true })} />
      </div>
      {report === 'agents' ? <AgentsReport window={window} /> : report === 'throughput' ? <Throughput window={window} /> : <Named report={report} window={window} />}
    </div>
  );
}

/** A named question as `useQuery` takes it; its parameters stand in the address. */
function named(name: string, given: Record<string, string | number>) {
  return read('/api/analytics/queries/{name}', { params: { path: { name }, query: given } });
}

function Named({ report, window }: { report: Exclude<Report, 'throughput' | 'agents'>; window: Window }) {
  const shape = SHAPES[report];
  const query = useQuery({ ...named(shape.query, { hours: HOURS[window] }), refetchInterval: 30_000 });
  return (
    <Card title={shape.title} aside={shape.note}>
      <Shown query={query}>
        {(answer) => (answer.rows.length === 0 ? <EmptyState command={`revo query ${shape.query} hours=${HOURS[window]}`}>Nothing in the last {window}.</EmptyState> : <Grid label={shape.title} answer={answer} columns={shape.columns} />)}
      </Shown>
    </Card>
  );
}

function Throughput({ window }: { window: Window }) {
  const query = useQuery({ ...named('series', { hours: HOURS[window], steps: 60 }), refetchInterval: 30_000 });
  return (
    <Card title="Tasks that ended, over time" aside="Pick another column to see errors or times, ms">
      <Shown query={query}>
        {(answer) => (answer.rows.length === 0 ? <EmptyState command={`revo query series hours=${HOURS[window]}`}>No task ended in the last {window}.</EmptyState> : <Picture answer={{ columns: answer.columns, rows: filled(answer.rows, HOURS[window], query.dataUpdatedAt) }} draw="bar" />)}
      </Shown>
    </Card>
  );
}
