import { QueryErrorResetBoundary } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Boundary } from './Boundary.tsx';

interface CardProps {
  title?: string;
  /** To the right of the title: a legend, a link, an age. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** One part of a page. What fails in it is shown in it; the rest of the page stays. */
export function Card({ title, aside, className = '', children }: CardProps) {
  const inside = (
    <QueryErrorResetBoundary>{({ reset }) => <Boundary onRetry={reset}>{children}</Boundary>}</QueryErrorResetBoundary>
  );
  if (title === undefined) return <div className={`card p-4 ${className}`}>{inside}</div>;
  return (
    <section aria-label={title} className={`card p-4 ${className}`}>
      <div className="mb-3 flex min-h-6 items-center justify-between gap-3">
        <h2 className="text-base font-medium">{title}</h2>
        {aside !== undefined && <div className="text-xs text-text3">{aside}</div>}
      </div>
      {inside}
    </section>
  );
}
