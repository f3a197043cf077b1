import { create } from 'zustand';
import { live } from '@/live/live.ts';

/** Whether the gateway has another version of the page than this tab. */
export const useUpgraded = create<{ upgraded: boolean }>(() => ({ upgraded: false }));

const tell = () => useUpgraded.setState({ upgraded: true });

/** Its old parts are gone. Reloading by itself would lose what is being written. */
function missing(event: Event): void {
  event.preventDefault();
  tell();
}

/** Looks for a newer version wherever the gateway may have been another one, until the returned function is called. */
export function watchVersion(): () => void {
  let lives = live.getSnapshot().status === 'live' ? 1 : 0;
  let was = lives > 0;
  const stop = live.subscribe(() => {
    const is = live.getSnapshot().status === 'live';
    if (is && !was && (lives += 1) > 1) void compare();
    was = is;
  });
  window.addEventListener('vite:preloadError', missing);
  return () => {
    stop();
    window.removeEventListener('vite:preloadError', missing);
  };
}

/** The digest in the name of our own code says which version we are. */
async function compare(): Promise<void> {
  const own = document.querySelector('script[type="module"][src]')?.getAttribute('src');
  const answer = await fetch('/', { headers: { accept: 'text/html' } }).catch(() => null);
  if (own === null || own === undefined || answer?.ok !== true) return;
  const page = await answer.text();
  if (page.includes('type="module"') && !page.includes(`"${own}"`)) tell();
}
