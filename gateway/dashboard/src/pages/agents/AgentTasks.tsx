import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ask, figure, type Row } from '@/api/ask.ts';
import { Choice } from '@/kit/Choice.tsx';
import { Card } from '@/kit/Card.tsx';
import { NONE, number } from '@/kit/figures.ts';
import { Moment } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState, FilterEmpty } from '@/kit/states.tsx';
import { look, StatusChip } from '@/kit/Status.tsx';
import { type Column, Table } from '@/kit/Table.tsx';
import { duration } from '@/kit/time.ts';
import { useRunning } from './agents.ts';
import type { Agent } from './filters.ts';
import { TaskLink } from './TaskLink.tsx';
import { ENDED, type TabProps } from './tabs.ts';

const CHOICES = [{ key: 'all', label: 'All' }, ...ENDED.map((key) => ({ key, label: look(key).word }))] as const;

const COLUMNS: readonly Column<Row>[] = [
  { key: 'state', title: 'State', width: '7rem', draw: ({ state }) => <StatusChip state={String(state)} /> },
  { key: 'function', title: 'Function', width: 'minmax(9rem,1fr)', draw: (row) => <TaskLink id={String(row['id'])} name={String(row['function'])} /> },
  { key: 'finished', title: 'Ended', width: '10.5rem', draw: (row) => <Moment at={String(row['finished_at'])} /> },
  { key: 'queue', title: 'Waited', width: '5rem', draw: (row) => time(figure(row, 'queue_ms')) },
  { key: 'run', title: 'Ran', width: '5rem', draw: (row) => time(figure(row, 'run_ms')) },
  { key: 'attempts', title: 'Attempts', width: '4.5rem', draw: (row) => number(figure(row, 'attempts')) },
  { key: 'error', title: 'Error', width: 'minmax(8rem,1fr)', draw: (row) => <bdi className="text-text2">{typeof row['error_message'] === 'string' ? row['error_message'] : ''}</bdi> },
];

/** What an agent does now, and what it has done. */
export default function AgentTasks({ agent, search, onChange }: TabProps & { agent: Agent }) {
  const { state } = search;
  const query = useQuery({ ...ask('agent_tasks', { agent: agent.id, ...(state && { state }) }), refetchInterval: 2_000, placeholderData: keepPreviousData });
  const open = useNavigate();
  return (
    <div className="grid grid-cols-1 gap-4">
      <Now agent={agent} />
      <div className="overflow-x-auto">
        <Choice label="State" options={CHOICES} chosen={state ?? 'all'} onChoose={(key) => onChange({ state: key === 'all' ? undefined : key })} />
      </div>
      <Shown query={query}>
        {(rows) => {
          if (rows.length > 0) {
            return <Table label="Tasks that ended" rows={rows} columns={COLUMNS} id={(row) => String(row['id'])} onOpen={(row) => void open({ to: place(row) })} />;
          }
          if (state !== undefined) return <FilterEmpty what="tasks" onClear={() => onChange({ state: undefined })} />;
          return <EmptyState command={`revo agent run ${agent.id} --function ${agent.capabilities[0] ?? 'NAME'}`}>No task of it has ended yet.</EmptyState>;
        }}
      </Shown>
    </div>
  );
}

function place(row: Row): string {
  return `/tasks/${encodeURIComponent(String(row['id']))}`;
}

function Now({ agent }: { agent: Agent }) {
  const running = useRunning();
  return (
    <Card title="Running now" aside={agent.queued > 0 ? `${number(agent.queued)} waiting` : undefined}>
      {agent.current.length === 0 ? (
        <p className="text-text2">Nothing runs.</p>
      ) : (
        <ul className="grid gap-1">
          {agent.current.map((id) => (
            <li key={id} className="flex min-w-0 items-center gap-3">
              <StatusChip state="running" />
              <TaskLink id={id} name={running.get(id)} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function time(ms: number | null) {
  return <span className="num">{ms === null ? NONE : duration(ms)}</span>;
}
