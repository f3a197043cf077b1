import { CircleAlert, Clock } from 'lucide-react';
import type { ReactNode } from 'react';
import { Failure } from '@/api/failure.ts';
import { Button } from './Button.tsx';
import { CopyButton } from './Copy.tsx';
import { age, useNow } from './time.ts';

/** The shape of what comes, after 150 ms: quicker answers would only flicker. */
export function Skeleton({ rows = 3, height = 20, label = 'Loading' }: { rows?: number; height?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="late grid gap-2">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton" style={{ height }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  /** One sentence: what is not there. */
  children: ReactNode;
  /** The one thing to do about it. */
  action?: ReactNode;
  /** A command that would change it, to be copied. */
  command?: string;
}

/** Nothing is there yet. */
export function EmptyState({ children, action, command }: EmptyProps) {
  return (
    <div className="grid justify-items-start gap-3 py-4 text-text2">
      <p>{children}</p>
      {command !== undefined && (
        <div className="flex max-w-full items-center gap-2">
          <code className="overflow-x-auto rounded-control bg-sunken px-2 py-1 font-mono text-xs text-text">{command}</code>
          <CopyButton text={command} label="Copy the command" />
        </div>
      )}
      {action}
    </div>
  );
}

/** Something is there, and the filters let none of it through. */
export function FilterEmpty({ what, onClear }: { what: string; onClear: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-3 py-4 text-text2">
      <p>No {what} match.</p>
      <Button onClick={onClear}>Clear filters</Button>
    </div>
  );
}

/** What failed, in the gateway's own words, and a way to try again. */
export function ErrorState({ error, onRetry, what }: { error: Error; onRetry?: () => void; what?: string }) {
  const problem = error instanceof Failure ? error.problem : null;
  return (
    <div role="alert" className="grid justify-items-start gap-2 py-3">
      <p className="flex items-start gap-2 text-crit">
        <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
        <span>{what === undefined ? error.message : `${what}: ${error.message}`}</span>
      </p>
      {problem !== null && (
        <p className="font-mono text-xs text-text3">
          {problem.status} {problem.code}
          {problem.instance === undefined ? '' : ` · ${problem.instance}`}
        </p>
      )}
      {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** What is shown is old: the newest try failed. Above the data, which stays. */
export function Stale({ error, at, onRetry }: { error: Error; at: number; onRetry: () => void }) {
  const now = useNow();
  return (
    <div role="status" className="mb-3 flex flex-wrap items-center gap-2 rounded-control bg-warn-soft px-3 py-2 text-sm text-warn">
      <Clock size={14} aria-hidden />
      <span>
        From {age(at, now)}: {error.message}
      </span>
      <Button kind="quiet" className="!h-6 !text-warn" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

/** There is nothing of this name. */
export function NotFoundState({ what, children }: { what: string; children?: ReactNode }) {
  return (
    <div className="mx-auto grid max-w-lg justify-items-start gap-3 py-16">
      <h1 className="text-xl font-semibold">{what} is not here</h1>
      <p className="text-text2">It may have been removed, or the address is mistyped.</p>
      {children}
    </div>
  );
}
