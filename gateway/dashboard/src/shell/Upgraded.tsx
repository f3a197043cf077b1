import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Button } from '@/kit/Button.tsx';
import { EmptyState, ErrorState } from '@/kit/states.tsx';
import { useUpgraded, watchVersion } from './upgrade.ts';

/** The gateway has another version of the page. Asks, so that no draft is lost. */
export function Upgraded() {
  const upgraded = useUpgraded((state) => state.upgraded);
  useEffect(watchVersion, []);
  if (!upgraded) return null;
  return (
    <div role="alert" className="card fixed inset-x-4 bottom-16 z-50 mx-auto flex max-w-md items-center gap-3 bg-raised p-3 shadow-lg md:bottom-4">
      <p className="flex-1">There is a newer version of this page. Finish what you write, then load it.</p>
      <Button kind="primary" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}

/** In place of a page whose code is gone, or that failed. */
export function Failed({ error, reset }: ErrorComponentProps) {
  const upgraded = useUpgraded((state) => state.upgraded);
  return (
    <>
      <h1 className="text-xl font-semibold">{upgraded ? 'A newer page' : 'This page failed'}</h1>
      {upgraded ? (
        <EmptyState action={<Button onClick={() => location.reload()}>Open it</Button>}>
          This part of the page has a newer version, which opens after a reload. The other pages still work.
        </EmptyState>
      ) : (
        <ErrorState error={error instanceof Error ? error : new Error(String(error))} onRetry={reset} />
      )}
    </>
  );
}
