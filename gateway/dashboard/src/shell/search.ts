/** Reads a member of the URL's query: what is not one of the choices is as if it were not there.
 *
 * What holds where nothing is said does not stand in the URL, so that a plain address stays plain. */
export function oneOf<K extends string>(value: unknown, choices: readonly K[]): K | undefined {
  return choices.includes(value as K) ? (value as K) : undefined;
}

/** A text filter; empty is none. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number of at least `least`. */
export function count(value: unknown, least = 0): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= least ? number : undefined;
}
