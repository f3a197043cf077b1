import { useNavigate } from '@tanstack/react-router';
import { NONE, number, percent } from '@/kit/figures.ts';
import { StatusChip } from '@/kit/Status.tsx';
import { type Column, Table } from '@/kit/Table.tsx';
import { duration } from '@/kit/time.ts';
import { type Day, useRunning } from './agents.ts';
import type { Agent } from './filters.ts';

interface Props {
  agents: readonly Agent[];
  day: (agent: Agent) => Day;
}

interface Row {
  agent: Agent;
  day: Day;
  /** What it does now. */
  current: string | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', title: 'Agent', width: 'minmax(9rem,1.5fr)', draw: ({ agent: { name } }) => <bdi className="font-medium">{name}</bdi> },
  { key: 'status', title: 'Status', width: '7.5rem', draw: ({ agent: { status } }) => <StatusChip state={status} /> },
  { key: 'current', title: 'Current task', width: 'minmax(9rem,2fr)', draw: ({ current }) => current ?? NONE },
  { key: 'queued', title: 'Waiting', width: '4.5rem', draw: ({ agent: { queued } }) => <Cell>{number(queued)}</Cell> },
  { key: 'done', title: 'Done, 24 h', width: '5.5rem', draw: ({ day }) => <Cell>{number(day.done)}</Cell> },
  { key: 'average', title: 'Half in', width: '5rem', draw: ({ agent, day }) => <Cell>{time(agent.response_ms ?? day.average)}</Cell> },
  { key: 'success', title: 'Success', width: '5rem', draw: ({ agent, day }) => <Cell>{percent(agent.success_rate ?? day.success)}</Cell> },
  { key: 'origin', title: 'Origin', width: '6.5rem', draw: ({ agent: { origin } }) => (origin === 'announced' ? 'Built in' : 'Registered') },
];

/** The same as the cards, a row each: many at one look. */
export function AgentTable({ agents, day }: Props) {
  const running = useRunning();
  const go = useNavigate();
  const rows = agents.map((agent) => ({ agent, day: day(agent), current: nameOf(agent.current[0], running) }));
  return (
    <Table
      label="Agents"
      rows={rows}
      columns={COLUMNS}
      id={({ agent }) => `${agent.origin}-${agent.id}`}
      onOpen={({ agent: { id } }) => void go({ to: '/agents/$id', params: { id } })}
    />
  );
}

function Cell({ children }: { children: string }) {
  return <span className="num">{children}</span>;
}

function nameOf(id: string | undefined, running: ReadonlyMap<string, string>): string | undefined {
  return id === undefined ? undefined : (running.get(id) ?? id);
}

function time(ms: number | null): string {
  return ms === null ? NONE : duration(ms);
}
