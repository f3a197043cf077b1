import { useQueries, useQuery } from '@tanstack/react-query';
import { read } from '@/api/client.ts';
import { isKept } from '@/api/kept.ts';
import { Card } from '@/kit/Card.tsx';
import { counted, NONE, number } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { Tile } from '@/kit/Tile.tsx';
import { duration } from '@/kit/time.ts';
import { useEngine } from './engines.ts';
import { Times } from './parts.tsx';
import { type Idea, ideasOf, TARGET } from './scores.ts';

const QUEUE = 'creative';
const RESULTS = 10;
const SHOWN = 12;
const LINE = { label: '95 % within', colour: '--creative-line' };

/** How new, how much on the point and how feasible the last ideas were. */
export default function Creative() {
  const seen = useEngine(QUEUE);
  const tasks = useQuery({ ...read('/api/tasks', { params: { query: { queue: QUEUE, state: 'completed', limit: RESULTS } } }), refetchInterval: 5_000 });
  const ids = ((tasks.data?.items ?? []) as { id: string; finished_at?: string }[]).filter(isKept).map(({ id }) => id);
  const results = useQueries({ queries: ids.map((id) => ({ ...read('/api/tasks/{id}/result', { params: { path: { id } } }), staleTime: Number.POSITIVE_INFINITY })) });
  const ideas = results.flatMap(({ data }) => ideasOf(data?.output));
  const scores = ideas.map(({ innovation }) => innovation).sort((one, other) => other - one);
  const reached = scores.filter((score) => score > TARGET).length;
  const at = tasks.data === undefined ? null : tasks.dataUpdatedAt;
  const p95 = seen?.value.response_p95_ms ?? null;
  return (
    <>
      <section aria-label="Figures" className="grid grid-cols-2 gap-3 md:grid-cols-4">
        <Tile label="Best innovation" at={at} value={scores[0]?.toFixed(2) ?? NONE} note={`aimed at: more than ${TARGET}`} />
        <Tile label="Beyond the aim" at={at} value={scores.length === 0 ? NONE : `${reached} of ${scores.length}`} note={`ideas of the last ${counted(ids.length, 'task')}`} />
        <Tile label="Response p95" at={seen?.at ?? null} value={p95 === null ? NONE : duration(p95)} note="last minutes" />
        <Tile label="Waiting" at={seen?.at ?? null} value={number(seen?.value.queued)} note={`${number(seen?.value.running)} running`} />
      </section>
      <Card title="Ideas of the last tasks" aside="innovation = novelty × relevance × feasibility, a heuristic">
        <Shown query={tasks}>
          {() => {
            if (ideas.length > 0) return <Ideas ideas={best(ideas)} />;
            if (results.some(({ isPending }) => isPending)) return <p className="text-text2">Reading the results…</p>;
            return <EmptyState command={'revo run creative.creative_generation --problem "How can checkout be faster?"'}>No scored idea yet.</EmptyState>;
          }}
        </Shown>
      </Card>
      <Times title="Response time" of={{ kind: 'queue', name: QUEUE }} measure="response_p95" line={LINE} command={'revo run creative.creative_generation --problem "How can checkout be faster?"'} />
    </>
  );
}

/** The best of them; the same idea of two tasks stands once. */
function best(ideas: readonly Idea[]): readonly Idea[] {
  const once = new Map(ideas.map((idea) => [idea.text, idea]));
  return [...once.values()].sort((one, other) => other.innovation - one.innovation).slice(0, SHOWN);
}

function Ideas({ ideas }: { ideas: readonly Idea[] }) {
  return (
    <ol aria-label="Ideas" className="grid gap-3 md:grid-cols-2">
      {ideas.map((idea) => (
        <li key={idea.text} className="grid content-between gap-3 rounded-button border border-line p-3">
          <div className="flex items-start justify-between gap-3">
            <p className="line-clamp-3 break-words">
              <bdi>{idea.text}</bdi>
            </p>
            <span className={`num text-lg font-semibold ${idea.innovation > TARGET ? 'text-engine' : 'text-text3'}`}>{idea.innovation.toFixed(2)}</span>
          </div>
          <div className="grid gap-1">
            <Part name="Novelty" value={idea.novelty} />
            <Part name="Relevance" value={idea.relevance} />
            <Part name="Feasibility" value={idea.feasibility} />
            <p className="truncate text-xs text-text3">
              {idea.origin === null ? '' : `${idea.origin} · `}
              {idea.nearest === null ? 'like nothing that is known' : `nearest: ${idea.nearest}`}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}

function Part({ name, value }: { name: string; value: number }) {
  return (
    <div className="grid grid-cols-[5rem_1fr_2.5rem] items-center gap-2 text-xs text-text2">
      <span>{name}</span>
      <span aria-hidden className="h-1.5 overflow-hidden rounded-full bg-sunken">
        <span className="block h-full rounded-full bg-engine-line" style={{ width: `${Number.isNaN(value) ? 0 : value * 100}%` }} />
      </span>
      <span className="num text-right">{Number.isNaN(value) ? NONE : value.toFixed(2)}</span>
    </div>
  );
}
