export const VIEWS = ['firing', 'acknowledged', 'resolved', 'rules', 'silences', 'notifications'] as const;
export type View = (typeof VIEWS)[number];

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether a text stands in an alert, whatever the case. */
export function fits(alert: { rule: string; summary: string; severity: string; labels?: Record<string, string> }, severity: string | undefined, text: string | undefined): boolean {
  if (severity !== undefined && alert.severity !== severity) return false;
  if (text === undefined) return true;
  const all = [alert.rule, alert.summary, ...Object.entries(alert.labels ?? {}).map((pair) => pair.join('='))].join('\n').toLowerCase();
  return all.includes(text.toLowerCase());
}
