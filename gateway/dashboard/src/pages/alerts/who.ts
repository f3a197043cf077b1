const PLACE = 'revo.who';

/** Who acts here, as it was written last: there are no accounts, so people say it themselves. */
export function who(): string {
  try {
    return localStorage.getItem(PLACE) ?? '';
  } catch {
    return '';
  }
}

export function remember(name: string): void {
  try {
    localStorage.setItem(PLACE, name);
  } catch {
    // Without storage it is asked again.
  }
}
