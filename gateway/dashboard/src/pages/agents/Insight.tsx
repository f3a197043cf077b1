import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Lightbulb, type LucideIcon, Minus, TrendingDown, TrendingUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { read, type Schemas } from '@/api/client.ts';
import { Failure } from '@/api/failure.ts';
import { Card } from '@/kit/Card.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { NONE, number, percent } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { Fact, Facts } from './Configuration.tsx';
import { between, dollars, madeOf, points, time, verdict } from './insight.ts';
import { type TabProps, WINDOWS } from './tabs.ts';

type View = Schemas['AgentInsight'];

const CHOICES = WINDOWS.map((key) => ({ key, label: key }));

/** How an agent does over a longer time, and what every figure was made of. */
export default function Insight({ id, search, onChange }: TabProps & { id: string }) {
  const window = search.window ?? '7d';
  const query = useQuery({ ...read('/api/analytics/agents/{id}', { params: { path: { id }, query: { window } } }), refetchInterval: 30_000, placeholderData: keepPreviousData });
  const nothing = query.error instanceof Failure && query.error.status === 404;
  return (
    <div className="grid grid-cols-1 gap-4">
      <div>
        <Choice label="Time range" options={CHOICES} chosen={window} onChoose={(key) => onChange({ window: key })} />
      </div>
      {nothing ? (
        <EmptyState command={`revo agent run ${id}`}>It has done nothing within {window}, so there is nothing to judge.</EmptyState>
      ) : (
        <Shown query={query}>{(insight) => <Judged insight={insight} />}</Shown>
      )}
    </div>
  );
}

function Judged({ insight }: { insight: View }) {
  const { success, response_ms: response, cost, satisfaction, specialization: special, collaboration: joint } = insight;
  return (
    <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">
      <div className="lg:col-span-2">
        <Advice all={insight.recommendations} />
      </div>
      <Figure title="Success" value={percent(success.percent)} note={madeOf(success)} />
      <Figure title="Response time" value={time(response.p50)} note={`half of ${number(response.count)} completed within this · ${between(response.p50_interval, time)}`}>
        <Fact name="95 % within">
          {time(response.p95)} <Small>{between(response.p95_interval, time)}</Small>
        </Fact>
        <Fact name="Of it waiting">{time(response.queue_p50)}</Fact>
        <Fact name="Of it running">{time(response.run_p50)}</Fact>
      </Figure>
      <Figure title="Cost" value={dollars(cost.usd_per_task)} note={`a task, over ${number(cost.tasks)} · ${number(cost.asked)} asked a model`}>
        <Fact name="Together">{dollars(cost.usd)}</Fact>
        <Fact name="For what failed">{dollars(cost.usd_failed)}</Fact>
        {cost.unpriced > 0 && <Fact name="Without a known price">{number(cost.unpriced)} calls: so the cost is not known</Fact>}
      </Figure>
      <Figure title="Satisfaction" value={satisfaction.mean === null ? NONE : `${satisfaction.mean.toFixed(1)} of 5`} note={satisfaction.satisfied.of === 0 ? satisfaction.note : `${madeOf(satisfaction.satisfied)} gave 4 or 5`} />
      <Figure title="Specialization" value={special.score === null ? NONE : special.score.toFixed(2)} note={special.note || '1: does one thing; 0: does all alike'}>
        <Fact name="Does most">{special.most === null ? NONE : `${special.most} (${percent(special.most_percent)})`}</Fact>
        <Fact name="Functions">
          {number(special.functions)} of {number(special.known)} that anybody does
        </Fact>
        <Fact name="Beside others">
          {points(special.advantage)} <Small>{special.advantage === null ? `${number(special.compared)} tasks to compare` : between(special.advantage_interval, points)}</Small>
        </Fact>
      </Figure>
      <Figure title="Collaboration" value={points(joint.effectiveness)} note={joint.note || 'above what its parts alone would give'}>
        <Fact name="Joint tasks">
          {percent(joint.joint.percent)} <Small>{madeOf(joint.joint)}</Small>
        </Fact>
        <Fact name="Expected">{percent(joint.expected)}</Fact>
        <Fact name="Partners">{joint.partners.length === 0 ? NONE : joint.partners.join(', ')}</Fact>
        <Fact name="Hand-over">{joint.handover.count === 0 ? NONE : `half within ${time(joint.handover.p50)}, of ${number(joint.handover.count)}`}</Fact>
      </Figure>
      <div className="lg:col-span-2">
        <Trend trend={insight.trend} />
      </div>
      <div className="lg:col-span-2">
        <Work all={insight.work} />
      </div>
    </div>
  );
}

function Figure({ title, value, note, children }: { title: string; value: ReactNode; note: ReactNode; children?: ReactNode }) {
  return (
    <Card title={title} className="h-full">
      <p className="num text-xl font-semibold">{value}</p>
      <p className="text-sm text-text2">{note}</p>
      {children !== undefined && (
        <div className="num mt-3">
          <Facts>{children}</Facts>
        </div>
      )}
    </Card>
  );
}

function Small({ children }: { children: ReactNode }) {
  return <span className="text-xs text-text3">{children}</span>;
}

function Advice({ all }: { all: View['recommendations'] }) {
  return (
    <Card title="Recommendations">
      {all.length === 0 ? (
        <p className="text-text2">None: no rule found something to change.</p>
      ) : (
        <ul className="grid gap-3">
          {all.map(({ rule, text, figures }) => (
            <li key={`${rule} ${text}`} className="flex items-start gap-2">
              <Lightbulb size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
              <div>
                <p>{text}</p>
                <p className="num text-xs break-words text-text3">
                  {rule}: {Object.entries(figures).map(([name, value]) => `${name} ${typeof value === 'number' ? number(value) : JSON.stringify(value)}`).join(' · ')}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

const SIGNS: Record<string, { icon: LucideIcon; tone: string }> = {
  better: { icon: TrendingUp, tone: 'text-ok' },
  worse: { icon: TrendingDown, tone: 'text-warn' },
};

function Trend({ trend }: { trend: View['trend'] }) {
  const rows = [
    { name: 'Success', change: trend.success, write: percent, by: points },
    { name: 'Response time', change: trend.response, write: time, by: (factor: number | null) => (factor === null ? NONE : `× ${Number(factor.toFixed(2))}`) },
    { name: 'Satisfaction', change: trend.satisfaction, write: number, by: (value: number | null) => (value === null ? NONE : `${value > 0 ? '+' : ''}${Number(value.toFixed(2))}`) },
  ];
  return (
    <Card title="Trend" aside={`${number(trend.tasks)} tasks, ${number(trend.tasks_before)} in the time before`}>
      <ul className="grid gap-3 sm:grid-cols-3">
        {rows.map(({ name, change, write, by }) => {
          const { icon: Icon, tone } = SIGNS[change.verdict] ?? { icon: Minus, tone: 'text-text2' };
          return (
            <li key={name}>
              <p className="text-xs text-text3">{name}</p>
              <p className={`flex items-center gap-1.5 font-medium ${tone}`}>
                <Icon size={14} aria-hidden />
                {verdict(change)}
              </p>
              <p className="num text-sm text-text2">
                {write(change.before)} → {write(change.now)} ({by(change.change)})
              </p>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function Work({ all }: { all: View['work'] }) {
  return (
    <Card title="What it does, beside how others do it">
      <div className="overflow-x-auto">
        <table className="num w-full text-left text-sm">
          <thead className="text-xs text-text3">
            <tr>
              {['Function', 'Success', 'Others', 'Response', 'Attempts'].map((title) => (
                <th key={title} scope="col" className="py-1 pr-4 font-medium whitespace-nowrap">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.map((row) => (
              <tr key={row.function} className="border-t border-line">
                <th scope="row" className="py-1.5 pr-4 font-mono text-xs font-normal">
                  {row.function}
                </th>
                <td className="pr-4 whitespace-nowrap">
                  {percent(row.success.percent)} <Small>of {number(row.success.of)}</Small>
                </td>
                <td className="pr-4 whitespace-nowrap">
                  {percent(row.others.percent)} <Small>of {number(row.others.of)}</Small>
                </td>
                <td className="pr-4">{time(row.response_ms)}</td>
                <td>{number(row.attempts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
