import { getRouteApi } from '@tanstack/react-router';
import type { Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { counted, NONE } from '@/kit/figures.ts';
import { Moment } from '@/kit/Moment.tsx';
import { TEXT } from '@/kit/Status.tsx';
import { type Column, Table } from '@/kit/Table.tsx';
import { duration } from '@/kit/time.ts';
import { Interval } from './Interval.tsx';
import { CONFIDENCE, dollars, EFFECTS, figure, share } from './prediction.ts';

type Told = Schemas['Prediction'];
type Step = Schemas['StepPrediction'];

const route = getRouteApi('/analytics');
const TIMES = [['Waits', 'wait_ms'], ['Runs', 'run_ms'], ['Total', 'total_ms']] as const;
const STEPS: Column<Step & { place: number }>[] = [
  { key: 'function', title: 'Function', width: 'minmax(9rem,1fr)', draw: (step) => <span className="font-mono">{step.function}</span> },
  { key: 'group', title: 'Place', width: '4rem', draw: (step) => step.group + 1 },
  { key: 'count', title: 'Tasks', width: '4rem', draw: (step) => step.count },
  { key: 'success', title: 'Chance of one', width: '7rem', draw: (step) => (step.status === 'ok' ? share(step.success?.probability) : WORDS[step.status]) },
  { key: 'run', title: 'Runs, p50', width: '6rem', draw: (step) => (step.run_ms ? duration(step.run_ms.p50) : NONE) },
  { key: 'confidence', title: 'Confidence', width: '6rem', draw: (step) => CONFIDENCE[step.confidence].word },
  { key: 'learnt', title: 'Learnt from', width: '7rem', draw: (step) => counted(step.learnt.tasks, 'task') },
];
const WORDS = { ok: '', not_enough_history: 'too little', no_history: 'no history' } as const;

/** What history says: a sentence, the figures with their intervals, and what speaks for and against it. */
export function Forecast({ told }: { told: Told }) {
  const confidence = CONFIDENCE[told.confidence];
  const { since, until, tasks } = (told.steps.length === 1 ? told.steps[0]?.learnt : undefined) ?? told.learnt;
  const factors = told.factors.length > 0 ? told.factors : told.steps.flatMap((step) => step.factors);
  return (
    <div className="grid gap-5">
      <div role="status" className="grid gap-1">
        {told.status !== 'ok' && <p className={`font-semibold ${TEXT.warn}`}>{told.status === 'no_history' ? 'No history' : 'Not enough history'}</p>}
        <p className="text-lg break-words">{told.says}</p>
        <p className="text-sm text-text2">
          Confidence: <span className={`font-semibold ${TEXT[confidence.tone]}`}>{confidence.word}</span> ({confidence.means}). Learnt from {counted(tasks, 'task')}
          {typeof since === 'string' && typeof until === 'string' && (
            <>
              , <Moment at={here(since)} /> to <Moment at={here(until)} />
            </>
          )}
          .
        </p>
      </div>
      {told.status !== 'ok' && <Nearest steps={told.steps} />}
      <Bars told={told} />
      {factors.length > 0 && <Factors factors={factors} />}
      {told.suggestions.length > 0 && (
        <section aria-label="Suggestions">
          <h3 className="mb-2 text-sm font-medium">Suggestions</h3>
          <ul className="grid list-disc gap-1 pl-5 text-sm">
            {told.suggestions.map((text) => (
              <li key={text} className="break-words">{text}</li>
            ))}
          </ul>
        </section>
      )}
      {told.steps.length > 1 && <Table label="Steps" rows={told.steps.map((step, place) => ({ ...step, place }))} columns={STEPS} id={({ place }) => `step-${place}`} least={720} height={320} />}
      <Basis told={told} />
    </div>
  );
}

function Bars({ told }: { told: Told }) {
  const { success, cost } = told;
  const longest = Math.max(...TIMES.map(([, key]) => told[key]?.p90 ?? 0));
  if (success === null && longest === 0) return null;
  return (
    <dl className="grid gap-3">
      {success !== null && <Interval name="Chance" at={success.probability} low={success.low} high={success.high} top={1} middle={share(success.probability)} ends={`90 % interval ${share(success.low)} to ${share(success.high)}`} />}
      {TIMES.map(([name, key]) => {
        const spread = told[key];
        if (spread === null) return <Missing key={key} name={name} why="not known" />;
        return <Interval key={key} name={name} at={spread.p50} low={spread.p10} high={spread.p90} top={longest} middle={duration(spread.p50)} ends={`8 of 10 from ${duration(spread.p10)} to ${duration(spread.p90)}`} />;
      })}
      {cost !== null && cost.usd !== null ? (
        <Interval name="Cost" at={cost.usd} low={cost.low ?? cost.usd} high={cost.high ?? cost.usd} top={Math.max(cost.high ?? 0, cost.usd)} middle={dollars(cost.usd)} ends={`8 of 10 from ${dollars(cost.low)} to ${dollars(cost.high)}`} />
      ) : (
        <Missing name="Cost" why={cost !== null && cost.unpriced > 0 ? `not known: ${counted(cost.unpriced, 'task')} of ${cost.tasks} had a price that nobody knows` : 'not known'} />
      )}
    </dl>
  );
}

function Missing({ name, why }: { name: string; why: string }) {
  return (
    <div className="grid grid-cols-[5.5rem_minmax(0,1fr)] items-center gap-x-3 md:grid-cols-[8rem_minmax(0,1fr)]">
      <dt className="text-sm text-text3">{name}</dt>
      <dd className="m-0 text-sm text-text2">{why}</dd>
    </div>
  );
}

function Factors({ factors }: { factors: readonly Schemas['Factor'][] }) {
  return (
    <section aria-label="Factors">
      <h3 className="mb-2 text-sm font-medium">What makes it so</h3>
      <ul className="grid gap-2">
        {factors.map(({ kind, effect, summary, figures }) => (
          <li key={`${kind} ${effect} ${summary}`} className="grid gap-x-3 rounded-button border border-line p-2 text-sm md:grid-cols-[6rem_minmax(0,1fr)]">
            <span className={`font-medium ${TEXT[EFFECTS[effect].tone]}`}>{EFFECTS[effect].word}</span>
            <div className="min-w-0">
              <p className="break-words">{summary}</p>
              {Object.keys(figures).length > 0 && <p className="num text-xs text-text3">{Object.entries(figures).map(([name, value]) => figure(name, value)).join(' · ')}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Functions that may have been meant, of which there is history. */
function Nearest({ steps }: { steps: readonly Step[] }) {
  const go = route.useNavigate();
  const names = [...new Set(steps.flatMap(({ nearest }) => nearest))];
  if (names.length === 0) return null;
  return (
    <p className="flex flex-wrap items-center gap-2 text-sm text-text2">
      There is history of
      {names.map((name) => (
        <button key={name} type="button" className="font-mono underline underline-offset-2" onClick={() => void go({ search: (before) => ({ ...before, function: name, steps: undefined }) })}>
          {name}
        </button>
      ))}
    </p>
  );
}

function Basis({ told: { assumptions, steps } }: { told: Told }) {
  const [only] = steps;
  const skill = steps.length === 1 ? only?.skill : null;
  return (
    <details className="text-sm text-text2">
      <summary className="rounded-control px-1 py-1 hover:bg-hover">What this takes for granted</summary>
      <ul className="mt-1 grid list-disc gap-1 pl-5">
        {assumptions.map((text) => (
          <li key={text} className="break-words">{text}</li>
        ))}
        {skill !== null && skill !== undefined && <li>{skill.used === 'model' ? 'The model is used' : 'The base rate is told'}: {skill.why}.</li>}
      </ul>
    </details>
  );
}
