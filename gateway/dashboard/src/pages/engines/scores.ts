/** What innovation is aimed at: docs/engines/creative.md. */
export const TARGET = 0.6;

export interface Idea {
  text: string;
  origin: string | null;
  innovation: number;
  novelty: number;
  relevance: number;
  feasibility: number;
  nearest: string | null;
}

/** The scored ideas of an answer of the creative engine, the best first; an answer without scores has none. */
export function ideasOf(output: unknown): readonly Idea[] {
  const candidates = member(output, 'candidates');
  if (!Array.isArray(candidates)) return [];
  return candidates
    .map((each: unknown) => ideaOf(each))
    .filter((idea) => idea !== null)
    .sort((one, other) => other.innovation - one.innovation);
}

function ideaOf(candidate: unknown): Idea | null {
  const score = member(candidate, 'score');
  const innovation = member(score, 'innovation');
  const text = member(candidate, 'text');
  if (typeof innovation !== 'number' || typeof text !== 'string') return null;
  const origin = member(candidate, 'origin');
  const nearest = member(member(member(score, 'novelty'), 'nearest'), 'text');
  return {
    text,
    origin: typeof origin === 'string' ? origin : null,
    innovation,
    novelty: part(score, 'novelty'),
    relevance: part(score, 'relevance'),
    feasibility: part(score, 'feasibility'),
    nearest: typeof nearest === 'string' ? nearest : null,
  };
}

function part(score: unknown, name: string): number {
  const value = member(member(score, name), 'value');
  return typeof value === 'number' ? value : Number.NaN;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
