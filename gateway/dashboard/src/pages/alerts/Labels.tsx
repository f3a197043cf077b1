/** What an alert is about, as `name=value`. */
export function Labels({ labels }: { labels?: Record<string, string> | undefined }) {
  return Object.entries(labels ?? {}).map(([name, value]) => (
    <span key={name} className="max-w-64 truncate rounded-control bg-sunken px-1.5 font-mono text-xs text-text2" title={`${name}=${value}`}>
      {name}={value}
    </span>
  ));
}
