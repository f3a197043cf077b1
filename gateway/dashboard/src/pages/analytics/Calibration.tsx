import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { read, type Schemas } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { NONE, number } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { type Column, Table } from '@/kit/Table.tsx';
import { share, verdict } from './prediction.ts';
import { Reliability } from './Reliability.tsx';

type Score = Schemas['Score'];

const route = getRouteApi('/analytics');
const four = (value: number | null | undefined) => (typeof value === 'number' ? value.toFixed(4) : NONE);
const SCORES: Column<Score>[] = [
  { key: 'function', title: 'Function', width: 'minmax(9rem,1fr)', draw: (score) => <span className="font-mono">{score.function === '*' ? 'all' : score.function}</span> },
  { key: 'judged', title: 'Judged', width: '5rem', draw: (score) => number(score.judged) },
  { key: 'brier', title: 'Brier', width: '5rem', draw: (score) => four(score.skill.brier) },
  { key: 'base', title: 'Base rate', width: '5rem', draw: (score) => four(score.skill.base_brier) },
  { key: 'skill', title: 'Skill', width: '9rem', draw: ({ skill }) => `${share(skill.skill)}${typeof skill.skill_low === 'number' ? `, from ${share(skill.skill_low)}` : ''}` },
  { key: 'used', title: 'Told', width: '6rem', draw: (score) => (score.skill.used === 'model' ? 'model' : 'base rate') },
  { key: 'coverage', title: 'Run times inside', width: '12rem', draw: coverage },
];

/** How predictions did on history that they had not seen. */
export function Calibration() {
  const { judged } = route.useSearch();
  const go = route.useNavigate();
  const query = useQuery({ ...read('/api/analytics/calibration', { params: { query: judged === undefined ? {} : { function: judged } } }), staleTime: 60_000 });
  const show = (name: string | undefined) => void go({ search: (before) => ({ ...before, judged: name }) });
  return (
    <Card title={judged === undefined ? 'Whether it may be believed' : `Whether it may be believed: ${judged}`} aside={judged === undefined ? 'On the newest 30 % of each function, which was not learnt from' : <Button onClick={() => show(undefined)}>All functions</Button>}>
      <Shown query={query}>
        {({ scores, reliability }) => {
          const [first] = scores;
          if (first === undefined) return <EmptyState command="revo query calibration">Nothing is judged yet: no function has history.</EmptyState>;
          return (
            <div className="grid gap-4">
              <p className="break-words">{verdict(first)}</p>
              {typeof first.coverage === 'number' && (
                <p className="text-sm text-text2">Run times lay within p10 to p90 in {coverage(first)} of {number(first.timed)} tasks; 80 % is meant.</p>
              )}
              {reliability.length > 0 && <Reliability bins={reliability} />}
              {scores.length > 1 && <Table label="Scores by function" rows={scores} columns={SCORES} id={({ function: name }) => `score-${name}`} least={760} height={400} onOpen={({ function: name }) => show(name === '*' ? undefined : name)} />}
            </div>
          );
        }}
      </Shown>
    </Card>
  );
}

function coverage({ coverage: share_, coverage_low: low, coverage_high: high }: Score): string {
  return `${share(share_)}${typeof low === 'number' && typeof high === 'number' ? ` (${share(low)} to ${share(high)})` : ''}`;
}
