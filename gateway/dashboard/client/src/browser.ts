interface Signs {
  /** There is a network, or somebody looks: now is better than later. */
  better: () => void;
  /** The network is gone, or the machine may have slept: is the connection still there? */
  doubtful: () => void;
}

/** How often it is looked whether time went by unseen, and how much of it is a sleep. */
const LOOK = 2_000;
const SLEPT = 10_000;

/** Hears what a browser tells of network and visibility, until the returned function is called. */
export function heedBrowser({ better, doubtful }: Signs): () => void {
  if (typeof window === 'undefined') return () => {};
  const shown = () => {
    if (document.hidden) return;
    better();
    doubtful();
  };
  // A machine that wakes up with the page in sight tells nobody: its clock has gone on and its timers have not.
  let seen = Date.now();
  const watch = setInterval(() => {
    const slept = Date.now() - seen > SLEPT;
    seen = Date.now();
    if (slept) shown();
  }, LOOK);
  window.addEventListener('online', better);
  window.addEventListener('offline', doubtful);
  document.addEventListener('visibilitychange', shown);
  document.addEventListener('resume', shown);
  return () => {
    clearInterval(watch);
    window.removeEventListener('online', better);
    window.removeEventListener('offline', doubtful);
    document.removeEventListener('visibilitychange', shown);
    document.removeEventListener('resume', shown);
  };
}
