import { describe, expect, it } from 'vitest';
import { definitionOf, draftOf, EMPTY, wrongWith } from './definition.ts';
import { type Agent, nextCursor, renewed } from './filters.ts';

describe('a definition', () => {
  it('comes back from the form as it went in', () => {
    const definition = {
      capabilities: ['security', 'qa.scan'],
      name: 'Scout',
      enabled: false,
      config: { path: 'src' },
      permissions: { functions: ['security.scan'] },
      limits: { timeout: 120, max_concurrent: 4, memory: 512 * 1024 * 1024, priority: 'medium' as const },
      thresholds: { success_rate: 95 },
    };
    expect(definitionOf(draftOf('scout', definition))).toEqual(definition);
  });

  it('says nothing of what was left empty', () => {
    expect(definitionOf({ ...EMPTY, id: 'x', capabilities: ['qa'] })).toEqual({ capabilities: ['qa'] });
  });

  it('takes an object for its configuration, and nothing else', () => {
    expect(wrongWith('{"path": "src"}')).toBe('');
    expect(wrongWith('[1]')).not.toBe('');
    expect(wrongWith('{')).not.toBe('');
  });
});

it('finds where the next page begins', () => {
  expect(nextCursor('</api/agents?limit=2&cursor=abc>; rel="next"')).toBe('abc');
  expect(nextCursor(null)).toBeNull();
});

it('brings in what was told, unless that is older than what was read', () => {
  const agent = { id: 'qa', status: 'idle', running: 0, updated_at: '2030-01-01T00:00:02Z' } as Agent;
  const told = { queue: 'qa', status: 'processing', running: 1, updated_at: '2030-01-01T00:00:03Z' } as Parameters<typeof renewed>[1];
  expect(renewed(agent, told)).toMatchObject({ id: 'qa', status: 'processing', running: 1 });
  expect(renewed({ ...agent, updated_at: '2030-01-01T00:00:04Z' }, told).status).toBe('idle');
});
