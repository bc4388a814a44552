// The logger of a request: a child that is made only when something is logged, because most requests log nothing.
import type { FastifyBaseLogger } from 'fastify';

type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type ChildOptions = Parameters<FastifyBaseLogger['child']>[1];
type LogArguments = Parameters<FastifyBaseLogger['info']>;

class RequestLog {
  readonly #parent: FastifyBaseLogger;
  readonly #bindings: Bindings;
  #made: FastifyBaseLogger | undefined;

  constructor(parent: FastifyBaseLogger, bindings: Bindings) {
    this.#parent = parent;
    this.#bindings = bindings;
  }
  get #child(): FastifyBaseLogger {
    this.#made ??= this.#parent.child(this.#bindings);
    return this.#made;
  }
  get level(): string {
    return this.#parent.level;
  }
  child(bindings: Bindings, options?: ChildOptions): FastifyBaseLogger {
    return this.#child.child(bindings, options);
  }
  fatal(...fields: unknown[]): void {
    this.#child.fatal(...(fields as LogArguments));
  }
  error(...fields: unknown[]): void {
    this.#child.error(...(fields as LogArguments));
  }
  warn(...fields: unknown[]): void {
    this.#child.warn(...(fields as LogArguments));
  }
  info(...fields: unknown[]): void {
    this.#child.info(...(fields as LogArguments));
  }
  debug(...fields: unknown[]): void {
    this.#child.debug(...(fields as LogArguments));
  }
  trace(...fields: unknown[]): void {
    this.#child.trace(...(fields as LogArguments));
  }
  silent(): void {}
}

/** A logger with these bindings, made when first used. */
export function requestLog(parent: FastifyBaseLogger, bindings: Bindings): FastifyBaseLogger {
  return new RequestLog(parent, bindings) as unknown as FastifyBaseLogger;
}
