import type { Schemas } from '@/api/client.ts';
import type { Row } from '@/live/alerts.ts';

type Answered = Schemas['Answered'];

const COLUMNS: Record<string, string> = { cpu: 'cpu_usage', memory: 'memory_usage', disk: 'disk_usage' };
const MOST = 60;

/** Where the last hour of an alert's figure is kept, its last values, the oldest first; for all others nothing. */
export function histories(hosts: Answered | undefined, rules: readonly Schemas['RuleView'][]): (row: Row) => readonly number[] {
  const figures = new Map(rules.map(({ rule }) => [rule.name, rule.expression]));
  return (row) => {
    const column = COLUMNS[figures.get(row.rule) ?? row.rule];
    const host = row.labels?.['host'];
    if (hosts === undefined || column === undefined || host === undefined) return [];
    const [who, what] = [hosts.columns.indexOf('host'), hosts.columns.indexOf(column)];
    const values = hosts.rows.filter((each) => each[who] === host).map((each) => each[what]);
    return values.filter((value) => typeof value === 'number').slice(0, MOST).toReversed();
  };
}
