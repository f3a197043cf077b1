import { expect, it } from 'vitest';
import { curl, nats, quoted, revo } from './commands.ts';

const given = { function: 'text.shout', input: { text: "it's $HOME" }, priority: 'high' };

it('quotes so that a shell reads nothing into it', () => {
  expect(quoted("a'b `x` $y")).toBe(`'a'\\''b \`x\` $y'`);
});

it('writes the same task for three tools', () => {
  expect(nats(given)).toBe(`nats pub 'task.text.high.shout' '{"text":"it'\\''s $HOME"}'`);
  expect(curl(given, 'http://h')).toContain(`-d '{"function":"text.shout","input":{"text":"it'\\''s $HOME"},"priority":"high"}'`);
  expect(revo(given)).toBe(`revo run text.shout --input '{"text":"it'\\''s $HOME"}' --priority high`);
});
