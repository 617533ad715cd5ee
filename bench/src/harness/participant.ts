/** The bench's side of the protocol: a long-lived child process that measures when told to. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Description, Measurement, Preparation, Refusal, Request } from './protocol.ts';

export interface ParticipantCommand {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the user does when the participant, or a package it needs, is not there. */
  readonly install: string;
}

/** The participant cannot take part on this machine; the message says what to install. */
export class MissingParticipant extends Error {
  override readonly name = 'MissingParticipant';
}

/** No single answer may take longer. */
const ANSWER_MILLISECONDS = 300_000;

export class Participant {
  readonly name: string;
  readonly #install: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: AsyncIterator<string>;
  #complaints = '';
  #startFailure: NodeJS.ErrnoException | undefined;

  constructor(command: ParticipantCommand) {
    this.name = command.name;
    this.#install = command.install;
    this.#child = spawn(command.program, command.args, {
      env: { ...process.env, ...command.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.on('error', (error) => {
      this.#startFailure = error;
    });
    // Writing to a child that has ended is noticed by the missing answer.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2000);
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  describe(): Promise<Description> {
    return this.#ask({ command: 'describe' });
  }

  prepare(request: Omit<Extract<Request, { command: 'prepare' }>, 'command'>): Promise<Preparation> {
    return this.#ask({ command: 'prepare', ...request });
  }

  measure(id: string, milliseconds: number): Promise<Measurement> {
    return this.#ask({ command: 'measure', id, milliseconds });
  }

  close(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #ask<Answer>(request: Request): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const timer = setTimeout(() => this.#child.kill(), ANSWER_MILLISECONDS);
    const { value, done } = await this.#answers.next();
    clearTimeout(timer);
    if (this.#startFailure?.code === 'ENOENT') throw this.#missing(`the program ${this.#child.spawnfile}`);
    if (done) {
      const last = this.#complaints.trim() || this.#startFailure?.message || 'it said nothing';
      throw new Error(`${this.name} ended without answering "${request.command}": ${last}`);
    }
    const answer = JSON.parse(value) as Answer | Refusal;
    if (typeof answer === 'object' && answer !== null) {
      if ('missing' in answer) throw this.#missing(answer.missing);
      if ('error' in answer) throw new Error(`${this.name}, ${request.command}: ${answer.error}`);
    }
    return answer as Answer;
  }

  #missing(what: string): MissingParticipant {
    return new MissingParticipant(
      `${this.name} is not measured: ${what} is missing. To install: ${this.#install}`,
    );
  }
}
