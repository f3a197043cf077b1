const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** What stands for a figure that was not measured. It is never 0. */
export const NONE = '–';

export type Figure = number | null | undefined;

/** `number(1234)` is `1,234`, `number(12345678)` is `12.3M`. */
export function number(value: Figure): string {
  if (value === null || value === undefined) return NONE;
  return Math.abs(value) >= 1_000_000 ? compact.format(value) : plain.format(value);
}

/** Of a figure that is in percent already. Small ones keep their digits: 0.04 % is not 0 %. */
export function percent(value: Figure): string {
  if (value === null || value === undefined) return NONE;
  const digits = value !== 0 && Math.abs(value) < 1 ? 2 : 1;
  return `${Number(value.toFixed(digits))} %`;
}

/** `bytes(1536)` is `1.5 KiB`. */
export function bytes(value: Figure): string {
  if (value === null || value === undefined) return NONE;
  let left = value;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB', 'TiB']) {
    if (Math.abs(left) < 1024 || unit === 'TiB') return `${unit === 'B' ? left : Number(left.toFixed(1))} ${unit}`;
    left /= 1024;
  }
  return NONE;
}

/** `counted(1, 'task')` is `1 task`, `counted(3, 'task')` is `3 tasks`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}
