import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { fields } from './schema.ts';

vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {} }));
const { Json } = await import('./Json.tsx');
const { Table } = await import('./Table.tsx');

afterEach(cleanup);

it('draws the visible rows of 20,000 and moves by keys', () => {
  const rows = Array.from({ length: 20_000 }, (_, place) => `row ${place}`);
  const opened = vi.fn<(row: string) => void>();
  render(<Table label="Rows" rows={rows} columns={[{ key: 'a', title: 'A', width: '1fr', draw: (row) => row }]} id={(row) => row} onOpen={opened} />);
  expect(screen.getAllByRole('row').length).toBeLessThan(60);
  const grid = screen.getByRole('grid');
  for (const key of ['j', 'ArrowDown', 'k', 'Enter']) fireEvent.keyDown(grid, { key });
  expect(opened).toHaveBeenCalledWith('row 0');
});

it('folds 5 MB, and gives them when asked', () => {
  const value = { long: 'x'.repeat(5_000_000), many: Array.from({ length: 10_000 }, (_, place) => place) };
  const { container } = render(<Json value={value} />);
  expect(container.textContent?.length).toBeLessThan(200);
});

it('makes fields of a schema, and JSON of what recurs or is missing', () => {
  const tree = { $ref: '#/$defs/Tree', $defs: { Tree: { type: 'object', properties: { name: { type: 'string' }, child: { $ref: '#/$defs/Tree' } }, required: ['name'] } } };
  expect(fields(tree)?.map(({ name, kind, required }) => [name, kind, required])).toEqual([
    ['name', 'text', true],
    ['child', 'json', false],
  ]);
  expect(fields({ $ref: '#/$defs/Nothing' })).toBeNull();
  expect(fields(null)).toBeNull();
});
