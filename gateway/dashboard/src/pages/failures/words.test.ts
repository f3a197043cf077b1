import { expect, test } from 'vitest';
import { byError, causes, type Letter } from './words.ts';

const of = (type: string) => ({ error: { type } }) as Letter;

test('rows of the answer become causes, by the names of the columns and not by their place', () => {
  const [cause] = causes({
    columns: ['cause', 'error_type', 'tasks', 'first_seen', 'last_seen', 'functions', 'example', 'example_message'],
    rows: [['no <path>', 'function_failed', 3, 'a', 'b', ['text.shout'], 'id', 'no /etc/x']],
  });
  expect(cause).toEqual({ error: 'function_failed', cause: 'no <path>', tasks: 3, first: 'a', last: 'b', functions: ['text.shout'], example: 'id', message: 'no /etc/x' });
});

test('dead letters are counted by error, the most frequent first', () => {
  expect(byError([of('timeout'), of('lost'), of('lost')])).toEqual([
    { error: 'lost', count: 2 },
    { error: 'timeout', count: 1 },
  ]);
});
