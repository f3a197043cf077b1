import { Link } from '@tanstack/react-router';
import { type Engine, ENGINES } from '@/kit/engines.ts';
import { NONE, number, percent } from '@/kit/figures.ts';
import { StatusChip } from '@/kit/Status.tsx';
import { Age } from '@/kit/Tile.tsx';
import { duration } from '@/kit/time.ts';
import { useEngine } from './engines.ts';
import { Life } from './Life.tsx';

/** How do the engines stand? */
export default function Engines() {
  return (
    <div className="grid grid-cols-1 gap-4">
      <h1 className="text-xl font-semibold">Engines</h1>
      <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">
        {ENGINES.map((engine) => (
          <EngineCard key={engine.queue} engine={engine} />
        ))}
      </div>
    </div>
  );
}

function EngineCard({ engine }: { engine: Engine }) {
  const seen = useEngine(engine.queue);
  const status = seen?.value;
  const Icon = engine.icon;
  const facts: [string, string][] = [
    ['Running', number(status?.running)],
    ['Waiting', number(status?.queued)],
    ['Workers', number(status?.workers)],
    ['95 % within', status?.response_p95_ms ? duration(status.response_p95_ms) : NONE],
    ['Success', percent(status?.success_rate)],
    ['A minute', number(status?.throughput)],
  ];
  return (
    <article aria-label={engine.name} data-engine={engine.queue} className="card engine-card grid gap-4 p-4">
      <div className="flex items-center justify-between gap-2">
        <h2 className="flex items-center gap-2 text-base font-medium">
          <span className="grid size-7 place-items-center rounded-control bg-engine-soft text-engine">
            <Icon size={16} aria-hidden />
          </span>
          <Link to="/engines/$name" params={{ name: engine.queue }} className="underline-offset-2 hover:underline">
            {engine.name}
          </Link>
        </h2>
        {status === undefined ? <span className="text-xs text-text3">Not heard of yet</span> : <StatusChip state={status.status} filled />}
      </div>
      <dl className="num m-0 grid grid-cols-3 gap-3">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-text3">{name}</dt>
            <dd className="m-0 font-medium">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Life engine={engine} status={status} />
        <span className="text-xs">
          <Age at={seen?.at ?? null} fresh={20_000} />
        </span>
      </div>
    </article>
  );
}
