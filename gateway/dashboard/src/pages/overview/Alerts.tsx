import { useState } from 'react';
import type { Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Card } from '@/kit/Card.tsx';
import { number } from '@/kit/figures.ts';
import { Ago } from '@/kit/Moment.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { useChannel } from '@/live/live.ts';

const MOST = 8;
const METRICS: Record<string, string> = { response_ms: 'response time in ms', success_rate: 'success rate in %', error_rate: 'error rate in %' };

/** The last alerts, the newest first: everything that the stream still holds, then as they come. */
export function Alerts() {
  const [alerts, setAlerts] = useState<readonly Schemas['PerformanceAlert'][]>([]);
  useChannel(
    'performance_alert',
    ({ payload }) => setAlerts((known) => [payload, ...known.filter((one) => one.agent !== payload.agent || one.metric !== payload.metric)].slice(0, MOST)),
    { since: 0 },
  );
  return (
    <Card title="Alerts">
      {alerts.length === 0 ? (
        <EmptyState>No alert that is remembered.</EmptyState>
      ) : (
        <ul className="grid gap-2">
          {alerts.map(({ agent, metric, state, value, limit, at }) => (
            <li key={`${agent} ${metric}`} className="rounded-button border border-line p-3">
              <div className="flex items-center justify-between gap-2">
                <span className="truncate font-medium">{agent}</span>
                <StatusChip state={state} />
              </div>
              <p className="text-sm text-text2">
                {METRICS[metric] ?? metric}: {number(value)} (limit {number(limit)})
              </p>
              <p className="text-xs text-text3">
                <Ago at={here(at)} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
