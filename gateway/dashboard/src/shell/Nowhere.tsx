import { Button } from '@/kit/Button.tsx';
import { NotFoundState } from '@/kit/states.tsx';
import { openPalette } from './overlays.ts';

/** An address that no page has. */
export function NowhereState() {
  return (
    <NotFoundState what={`The page ${location.pathname}`}>
      <Button kind="primary" onClick={openPalette}>
        Search
      </Button>
    </NotFoundState>
  );
}
