import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from '@/api/failure.ts';
import { ErrorState, NotFoundState, Skeleton, Stale } from './states.tsx';

interface ShownProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  /** The form of what comes; a few lines where nothing is said. */
  skeleton?: ReactNode;
  /** What is missing where the answer is 404. */
  missing?: string;
}

/** Every state of something that is read: loading, failed, old, not found, there.
 *
 * Data that came once stays while newer data cannot be had, and says how old it is. */
export function Shown<T>({ query, children, skeleton, missing }: ShownProps<T>) {
  const { data, error, dataUpdatedAt, refetch } = query;
  const again = () => void refetch();
  if (data === undefined) {
    if (error === null) return skeleton ?? <Skeleton />;
    if (missing !== undefined && error instanceof Failure && error.status === 404) return <NotFoundState what={missing} />;
    return <ErrorState error={error} onRetry={again} />;
  }
  return (
    <>
      {error !== null && <Stale error={error} at={dataUpdatedAt} onRetry={again} />}
      {children(data)}
    </>
  );
}
