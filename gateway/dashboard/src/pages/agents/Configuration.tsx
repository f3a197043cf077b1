import type { ReactNode } from 'react';
import { here } from '@/api/clock.ts';
import { Card } from '@/kit/Card.tsx';
import { bytes, number, percent } from '@/kit/figures.ts';
import { Json } from '@/kit/Json.tsx';
import { Ago, Moment } from '@/kit/Moment.tsx';
import { duration } from '@/kit/time.ts';
import type { Definition } from './definition.ts';
import type { Agent } from './filters.ts';
import { History } from './History.tsx';

/** What an agent is: what it can do, what it may do, and how far it may go. */
export default function Configuration({ agent }: { agent: Agent }) {
  const definition = agent.definition as Definition | null;
  return (
    <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
      <Card title="What it can do" aside={`${number(agent.capabilities.length)} functions`}>
        {agent.capabilities.length === 0 ? (
          <p className="text-text2">No worker has announced a function that it names.</p>
        ) : (
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by keys
          <ul aria-label="Functions" tabIndex={0} className="flex max-h-64 flex-wrap gap-1.5 overflow-y-auto">
            {agent.capabilities.map((name) => (
              <li key={name} className="rounded-control bg-sunken px-2 py-0.5 font-mono text-xs">
                {name}
              </li>
            ))}
          </ul>
        )}
      </Card>
      <Card title="About it">
        <Facts>
          <Fact name="Id">{<code className="font-mono text-xs">{agent.id}</code>}</Fact>
          <Fact name="Origin">{agent.origin === 'announced' ? 'Built in: a queue that workers announce' : 'Registered'}</Fact>
          <Fact name="Workers that serve it">{number(agent.workers)}</Fact>
          {agent.model !== null && <Fact name="Model">{agent.model}</Fact>}
          {agent.created_at !== null && (
            <Fact name="Registered">
              <Moment at={agent.created_at} />
            </Fact>
          )}
          {agent.changed_at !== null && (
            <Fact name="Changed">
              <Ago at={here(agent.changed_at)} />, revision {agent.revision}
            </Fact>
          )}
        </Facts>
      </Card>
      {definition !== null && <Defined definition={definition} />}
      {agent.origin === 'registered' && <History id={agent.id} />}
    </div>
  );
}

function Defined({ definition }: { definition: Definition }) {
  const { limits = {}, thresholds = {}, permissions, config = {}, capabilities } = definition;
  return (
    <>
      <Card title="Permissions and limits">
        <Facts>
          <Fact name="Capabilities">{capabilities.join(', ')}</Fact>
          <Fact name="Permitted of them">{permissions?.functions?.length ? permissions.functions.join(', ') : 'All'}</Fact>
          <Fact name="Timeout">{limits.timeout ? duration(limits.timeout * 1000) : 'As each function says'}</Fact>
          <Fact name="Attempts">{limits.max_attempts ? `${limits.max_attempts} at most` : 'As each function says'}</Fact>
          <Fact name="Priority">{limits.priority ? `${limits.priority} at most` : 'Any'}</Fact>
          <Fact name="At once">{limits.max_concurrent ? `${number(limits.max_concurrent)} tasks` : 'Any number'}</Fact>
          <Fact name="Memory">{limits.memory ? bytes(limits.memory) : 'Not limited'}</Fact>
        </Facts>
      </Card>
      <Card title="Alerts beyond">
        <Facts>
          <Fact name="Median response time">{duration(thresholds.response_ms ?? 5000)}</Fact>
          <Fact name="Success rate">below {percent(thresholds.success_rate ?? 85)}</Fact>
          <Fact name="Error rate">above {percent(thresholds.error_rate ?? 10)}</Fact>
        </Facts>
      </Card>
      {Object.keys(config).length > 0 && (
        <Card title="Defaults for inputs">
          <Json value={config} />
        </Card>
      )}
    </>
  );
}

export function Facts({ children }: { children: ReactNode }) {
  return <dl className="m-0 grid grid-cols-[8rem_minmax(0,1fr)] gap-y-2 sm:grid-cols-[10rem_minmax(0,1fr)]">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-sm text-text3">{name}</dt>
      <dd className="m-0 min-w-0 break-words">{children}</dd>
    </>
  );
}
