import { useQuery } from '@tanstack/react-query';
import { read, type Schemas } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { NONE, number, percent } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { duration } from '@/kit/time.ts';
import type { Window } from './views.ts';

type Insight = Schemas['AgentInsight'];

const VERDICTS = { better: 'better', worse: 'worse', same: 'no more than noise', 'not enough': 'too few to say' } as const;

/** Agents side by side, each figure with what it was made of. */
export function AgentsReport({ window }: { window: Window }) {
  const query = useQuery({ ...read('/api/analytics/agents', { params: { query: { window } } }), refetchInterval: 30_000 });
  return (
    <Card title="Agents compared" aside="Intervals are 95 %">
      <Shown query={query}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState command="revo agent analytics">No agent did anything in the last {window}.</EmptyState>
          ) : (
            <ul className="grid gap-3 md:grid-cols-2">
              {all.map((insight) => (
                <Item key={`${insight.origin} ${insight.agent}`} insight={insight} />
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}

function Item({ insight }: { insight: Insight }) {
  const { agent, tasks, success, response_ms: times, cost, satisfaction, specialization, trend, recommendations } = insight;
  const [low, high] = success.interval ?? [];
  return (
    <li className="min-w-0 rounded-button border border-line p-3">
      <p className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 truncate font-medium">{agent}</span>
        <span className="num text-sm text-text2">{number(tasks)} tasks</span>
      </p>
      <dl className="num mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <Fact name="Success">
          {percent(success.percent)} <span className="text-text3">({success.count} of {success.of}{typeof low === 'number' && typeof high === 'number' ? `; ${percent(low)} to ${percent(high)}` : ''})</span>
        </Fact>
        <Fact name="Response">{times.p50 === null ? NONE : `half in ${duration(times.p50)}${times.p95 === null ? '' : `, p95 ${duration(times.p95)}`}`}</Fact>
        <Fact name="Cost a task">{cost.usd_per_task === null ? NONE : `$${cost.usd_per_task.toFixed(4)}`}</Fact>
        <Fact name="Rated">{satisfaction.mean === null ? 'not rated' : `${number(satisfaction.mean)} of 5`}</Fact>
        <Fact name="Does most">{specialization.most ?? NONE}</Fact>
        <Fact name="Success, before">{VERDICTS[trend.success.verdict]}</Fact>
        <Fact name="Times, before">{VERDICTS[trend.response.verdict]}</Fact>
      </dl>
      {recommendations.map(({ rule, text }) => (
        <p key={rule} className="mt-2 text-sm break-words text-text2">
          {text}
        </p>
      ))}
    </li>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-text3">{name}</dt>
      <dd className="m-0 min-w-0 break-words">{children}</dd>
    </>
  );
}
