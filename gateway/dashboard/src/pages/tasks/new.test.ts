import { beforeEach, expect, it } from 'vitest';
import { nats, revo } from './commands.ts';
import { EMPTY, keep, kept, parsed, submission, typed } from './draft.ts';
import { holding, refused, rejected } from './faults.ts';
import { gist, groups, type Info, matching, title } from './gallery.ts';

const info = (name: string, description = '') => ({ name, description }) as Info;
const ALL = [info('security.scan', 'Find weak spots.'), info('creative.innovation'), info('perfect_recall.memory_query', 'What fits a scan best.')];

beforeEach(() => localStorage.clear());

it('shows engines in their order, then agents by name', () => {
  expect(groups([...ALL, info('browser.run')]).map((group) => [group.title, group.engine])).toEqual([
    ['Perfect Recall', true],
    ['Creative', true],
    ['Browser', false],
    ['Security', false],
  ]);
  expect(title('code_generator')).toBe('Code generator');
  expect(gist('One\nline.\n\nMore.')).toBe('One line.');
});

it('finds every word, in names first', () => {
  expect(matching(ALL, 'SCAN').map(({ name }) => name)).toEqual(['security.scan', 'perfect_recall.memory_query']);
  expect(matching(ALL, 'memory query')).toHaveLength(1);
  expect(matching(ALL, 'nothing so')).toEqual([]);
});

it('keeps a draft of each function, and reads what somebody else wrote there as nothing', () => {
  const draft = { ...EMPTY, input: { text: 'hi' }, priority: 'high' as const, unread: '{"text": ' };
  keep('text.shout', draft);
  expect([kept('text.shout'), kept('text.note')]).toEqual([draft, EMPTY]);
  keep('text.shout', EMPTY);
  expect(localStorage.length).toBe(0);
  for (const odd of ['no JSON', '7', '{"input": [], "priority": "urgent", "key": 3}']) {
    localStorage.setItem('revo.draft.text.shout', odd);
    expect(kept('text.shout')).toEqual(EMPTY);
  }
});

it('leaves the input as it was while what is typed cannot be read', () => {
  const half = typed({ ...EMPTY, input: { a: 1 } }, '{"a": 2');
  expect([half.input, half.unread]).toEqual([{ a: 1 }, '{"a": 2']);
  expect(typed(half, '{"a": 2}')).toEqual({ ...EMPTY, input: { a: 2 } });
  expect(parsed('[1]').wrong).toContain('object');
  expect(parsed(' ')).toEqual({ input: {}, wrong: null });
});

it('submits only what was said', () => {
  expect(submission('text.shout', EMPTY)).toEqual({ function: 'text.shout', input: {}, priority: 'medium' });
  expect(submission('text.shout', { ...EMPTY, key: 'k', delay: '2.5', agent: 'scout' })).toEqual({ function: 'text.shout', input: {}, priority: 'medium', id: 'k', in: 2.5, agent: 'scout' });
});

it('puts what is wrong where it can be mended', () => {
  expect(refused('invalid_id', "'a b' is not a name", '').options).toEqual({ key: "'a b' is not a name" });
  expect(refused('invalid_input', 'Expected `float` >= 0.0 - at `$.in`', '').options).toEqual({ delay: 'Expected `float` >= 0.0' });
  expect(refused('agent_stopped', 'agent is stopped', 'scout').options.agent).toBe('agent is stopped');
  expect(refused('overloaded', 'too many', '').rest).toBe('too many');
  expect(rejected('Expected `str`, got `int` - at `$.text`', ['text']).fields).toEqual({ text: 'Expected `str`, got `int`' });
  expect(rejected('Object missing required field `path`', ['path']).fields).toEqual({ path: 'Object missing required field `path`' });
  expect(rejected('Expected `int`, got `str` - at `$.items[...].size`', ['items']).fields).toEqual({ items: 'Expected `int`, got `str`, at [...].size' });
  expect(rejected('Object contains unknown field `x`', ['path']).rest).toContain('`x`');
});

it('takes a fault away once its field is another', () => {
  const faults = rejected('Expected `str` - at `$.text`', ['text']);
  expect(holding(faults, { text: 7 }, { text: 7 }).fields).toHaveProperty('text');
  expect(holding(faults, { text: 7 }, { text: 'seven' }).fields).toEqual({});
});

it('writes no command where a tool cannot say it', () => {
  const given = { function: 'text.shout', input: {}, id: 'k' };
  expect(nats(given)).toBe("nats pub 'task.text.medium.shout.k' '{}'");
  expect([nats({ ...given, in: 2 }), nats({ ...given, agent: 'scout' }), revo({ ...given, agent: 'scout', in: 2 })]).toEqual([null, null, null]);
  expect(revo({ ...given, in: 2 })).toBe("revo run text.shout --input '{}' --id 'k' --in 2");
  expect(revo({ ...given, agent: 'scout' })).toBe("revo agent run scout --function text.shout --input '{}' --key 'k'");
});
