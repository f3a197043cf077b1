import type { Problem } from '@revoagent/client';

/** What the gateway said instead of an answer. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly problem: Problem,
    /** Milliseconds after which it may be asked again, where it said so. */
    readonly retryAfter: number | null,
  ) {
    super(problem.detail || problem.title);
  }

  get status(): number {
    return this.problem.status;
  }

  get busy(): boolean {
    return this.status === 429 || this.status === 503;
  }
}

/** Nobody answered. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(cause: unknown) {
    super('The gateway does not answer.', { cause });
  }
}

/** The failure that an answer tells of; something in its place that is not ours may say anything. */
export async function failure(response: Response): Promise<Failure> {
  const said: unknown = await response.json().catch(() => null);
  const after = Number(response.headers.get('retry-after'));
  return new Failure(isProblem(said) ? said : nameless(response), after > 0 ? after * 1000 : null);
}

function isProblem(said: unknown): said is Problem {
  return typeof said === 'object' && said !== null && 'code' in said && 'detail' in said;
}

function nameless({ status, statusText, url }: Response): Problem {
  const title = statusText || `Status ${status}`;
  return { type: 'about:blank', title, status, detail: title, code: String(status), retryable: status >= 500, instance: url };
}
