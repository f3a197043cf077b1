import { ownProblem, Refused, type Outgoing, type Problem } from './frames.ts';

interface Command {
  frame: Outgoing & { id: string };
  expires: number;
  sent: boolean;
  /** Sent at some time, be it on a connection that is gone. */
  tried: boolean;
  /** Not before this: the gateway was busy. */
  after: number;
  tries: number;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

const BUSY = new Set([429, 503]);
const BUSY_WAIT = 500;
const BUSY_MOST = 8_000;

/** Commands that are not acknowledged: at most so many, each for so long.
 *
 * A command keeps its id however often it is sent, so it is done once. */
export class Outbox {
  private readonly commands = new Map<string, Command>();

  constructor(
    private readonly most: number,
    private readonly random: () => number,
  ) {}

  get size(): number {
    return this.commands.size;
  }

  put(frame: Outgoing & { id: string }, ttl: number): Promise<unknown> {
    if (this.commands.size >= this.most) {
      return Promise.reject(new Refused(ownProblem('queue_full', `${this.most} commands wait already`)));
    }
    return new Promise((resolve, reject) => {
      const command = { frame, expires: Date.now() + ttl, sent: false, tried: false, after: 0, tries: 0, resolve, reject };
      this.commands.set(frame.id, command);
    });
  }

  /** What is to be sent now; what is too old is given up. */
  due(): Outgoing[] {
    this.expire();
    const now = Date.now();
    const due = [...this.commands.values()].filter((command) => !command.sent && command.after <= now);
    return due.map((command) => {
      command.sent = command.tried = true;
      return command.frame;
    });
  }

  /** Gives up what is too old. */
  expire(): void {
    const now = Date.now();
    for (const [id, command] of this.commands) {
      if (command.expires > now) continue;
      const why = command.tried ? 'nobody said whether it was done' : 'it was never sent';
      this.settle(id)?.reject(new Refused(ownProblem('expired', `no answer in time: ${why}`)));
    }
  }

  acknowledge(id: string, answer: unknown): void {
    this.settle(id)?.resolve(answer);
  }

  /** The gateway said no. Where it is only busy, the command is sent again after a while. */
  refuse(id: string, why: Problem): void {
    const command = this.commands.get(id);
    if (command !== undefined && why.retryable && BUSY.has(why.status)) {
      const ceiling = Math.min(BUSY_MOST, BUSY_WAIT * 2 ** command.tries);
      command.tries += 1;
      command.after = Date.now() + BUSY_WAIT + this.random() * ceiling;
      command.sent = false;
      return;
    }
    this.settle(id)?.reject(new Refused(why));
  }

  /** The connection is gone: what was not acknowledged is sent again on the next one. */
  lost(): void {
    for (const command of this.commands.values()) command.sent = false;
  }

  /** Gives up what was sent, or all of it. */
  fail(why: Problem, all: boolean): void {
    for (const [id, command] of this.commands) {
      if (all || command.sent) this.settle(id)?.reject(new Refused(why));
    }
  }

  private settle(id: string): Command | undefined {
    const command = this.commands.get(id);
    this.commands.delete(id);
    return command;
  }
}
