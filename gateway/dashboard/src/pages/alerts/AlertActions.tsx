import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { toast } from '@/kit/toast.ts';
import { type Alert, alertsChanged, type Row } from '@/live/alerts.ts';
import { who } from './who.ts';

const route = getRouteApi('/alerts');

/** Take an alert, end it, keep its like quiet. An agent's own thresholds end by themselves. */
export function AlertActions({ alert, by = who() }: { alert: Row; by?: string }) {
  const go = route.useNavigate();
  const params = { path: { id: alert.id } };
  const told = (word: string) => ({
    onSuccess: () => {
      alertsChanged();
      toast({ kind: 'ok', text: `${word}: ${alert.summary}` });
    },
    onError: (error: Error) => toast({ kind: 'crit', text: error.message }),
  });
  const take = useMutation({ mutationFn: () => api.POST('/api/monitoring/alerts/{id}/acknowledge', { params, body: { by } }), ...told('Acknowledged') });
  const end = useMutation({ mutationFn: () => api.POST('/api/monitoring/alerts/{id}/resolve', { params, body: { by } }), ...told('Resolved') });
  if (alert.kind === 'performance_alert') return <p className="text-xs text-text3">Ends by itself</p>;
  return (
    <div className="flex flex-wrap gap-2">
      {alert.state === 'firing' && (
        <Button busy={take.isPending} onClick={() => take.mutate()}>
          Acknowledge
        </Button>
      )}
      <Button busy={end.isPending} onClick={() => end.mutate()}>
        Resolve
      </Button>
      <Button kind="quiet" onClick={() => void go({ search: (before) => ({ ...before, alert: undefined, silence: likeness(alert) }) })}>
        Silence…
      </Button>
    </div>
  );
}

/** What fits this alert and its like, as it stands in the address. */
function likeness({ rule, labels }: Alert): string {
  return JSON.stringify([{ label: 'rule', value: rule }, ...Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }))]);
}
