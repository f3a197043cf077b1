import { useEffect, useState } from 'react';
import { Button } from '@/kit/Button.tsx';

/** The gateway has another version of the page: its old parts are gone. Asks, so that no draft is lost. */
export function Upgraded() {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    const missing = (event: Event) => {
      event.preventDefault();
      setAsked(true);
    };
    window.addEventListener('vite:preloadError', missing);
    return () => window.removeEventListener('vite:preloadError', missing);
  }, []);
  if (!asked) return null;
  return (
    <div role="alert" className="card fixed inset-x-4 bottom-16 z-50 mx-auto flex max-w-md items-center gap-3 bg-raised p-3 shadow-lg md:bottom-4">
      <p className="flex-1">There is a newer version of this page. Finish what you write, then load it.</p>
      <Button kind="primary" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}
