import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Dialog } from '@/kit/Dialog.tsx';
import { Field } from '@/kit/Field.tsx';
import { number } from '@/kit/figures.ts';
import { Moment } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { Sparkline } from '@/kit/Sparkline.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import type { Alert } from '@/live/alerts.ts';
import { AlertActions } from './AlertActions.tsx';
import { Labels } from './Labels.tsx';
import { remember, who } from './who.ts';

/** One alert: what it is about, all its changes, and what can be done. */
export function AlertDialog({ id, rules, onClose }: { id: string; rules: readonly Schemas['RuleView'][]; onClose: () => void }) {
  const query = useQuery({ ...read('/api/monitoring/alerts/{id}', { params: { path: { id } } }), refetchInterval: 2_000 });
  const [by, setBy] = useState(who);
  return (
    <Dialog title="Alert" wide onClose={onClose}>
      <Shown query={query} missing={`The alert ${id}`}>
        {({ alert, changes }) => (
          <div className="grid gap-4">
            <div>
              <p className="text-lg font-medium wrap-anywhere">{alert.summary}</p>
              <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1">
                <StatusChip state={alert.severity} />
                <StatusChip state={alert.state} />
                <Labels labels={alert.labels} />
              </p>
              {rules.find(({ rule }) => rule.name === alert.rule)?.rule.description && (
                <p className="mt-2 text-text2">{rules.find(({ rule }) => rule.name === alert.rule)?.rule.description}</p>
              )}
            </div>
            {alert.state !== 'resolved' && (
              <div className="flex flex-wrap items-end gap-3">
                <Field label="Your name" className="w-48">
                  {(tied) => (
                    <input
                      {...tied}
                      autoComplete="name"
                      maxLength={200}
                      value={by}
                      onChange={(event) => {
                        setBy(event.target.value);
                        remember(event.target.value);
                      }}
                    />
                  )}
                </Field>
                <AlertActions alert={alert} by={by} />
              </div>
            )}
            {changes === null || changes === undefined ? (
              <p className="text-text2">Its history is with analytics, which does not answer.</p>
            ) : (
              <History changes={changes} />
            )}
          </div>
        )}
      </Shown>
    </Dialog>
  );
}

function History({ changes }: { changes: readonly Alert[] }) {
  const values = changes.map(({ value }) => value ?? null);
  const limit = changes.at(-1)?.threshold;
  return (
    <section aria-label="History">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-medium">History</h3>
        <span className="text-warn">
          <Sparkline values={values} label="Its value at each change" {...(typeof limit === 'number' ? { limit } : {})} />
        </span>
      </div>
      <ol className="mt-2 grid gap-1">
        {changes.map((change) => (
          <li key={`${change.updated_at} ${change.state} ${change.severity}`} className="flex flex-wrap items-baseline gap-x-3 border-t border-line py-1.5 text-sm">
            <span className="text-text3">
              <Moment at={here(change.updated_at)} />
            </span>
            <StatusChip state={change.state} />
            <span className="text-text2">{change.severity}</span>
            <span className="num text-text2">{number(change.value)}</span>
            {change.state === 'acknowledged' && <span className="text-text2">by {change.acknowledged_by || 'somebody'}</span>}
            {change.resolved_by !== null && change.resolved_by !== undefined && <span className="text-text2">by {change.resolved_by || 'hand'}</span>}
            {change.silenced && <span className="text-text3">silenced</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
