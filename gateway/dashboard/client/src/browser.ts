interface Signs {
  /** There is a network, or somebody looks: now is better than later. */
  better: () => void;
  /** The network is gone, or the machine may have slept: is the connection still there? */
  doubtful: () => void;
}

/** Hears what a browser tells of network and visibility, until the returned function is called. */
export function heedBrowser({ better, doubtful }: Signs): () => void {
  if (typeof window === 'undefined') return () => {};
  const shown = () => {
    if (document.hidden) return;
    better();
    doubtful();
  };
  window.addEventListener('online', better);
  window.addEventListener('offline', doubtful);
  document.addEventListener('visibilitychange', shown);
  return () => {
    window.removeEventListener('online', better);
    window.removeEventListener('offline', doubtful);
    document.removeEventListener('visibilitychange', shown);
  };
}
