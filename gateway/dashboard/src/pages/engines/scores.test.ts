import { expect, it } from 'vitest';
import { ideasOf } from './scores.ts';

const idea = (text: string, innovation: number) => ({
  text,
  origin: 'scamper',
  score: { innovation, novelty: { value: 0.9, nearest: { text: 'known' } }, relevance: { value: 0.8 }, feasibility: { value: 1 } },
});

it('finds the scored ideas of an answer, the best first', () => {
  const found = ideasOf({ candidates: [idea('a', 0.5), idea('b', 0.72), { text: 'a brainstormed one' }] });
  expect(found.map(({ text, innovation }) => [text, innovation])).toEqual([
    ['b', 0.72],
    ['a', 0.5],
  ]);
  expect(found[0]).toMatchObject({ novelty: 0.9, relevance: 0.8, feasibility: 1, nearest: 'known' });
});

it('finds none in what is no such answer', () => {
  for (const output of [null, 'text', [], { candidates: 3 }, { ideas: ['x'] }]) expect(ideasOf(output)).toEqual([]);
});
