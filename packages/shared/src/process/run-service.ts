// The life of a process: start, listen, and on a signal: not ready, stop accepting, drain, exit 0 within 30 s.
// Invariant: the process never lives on after a fault that nobody caught, and never exits 0 with work left undone.
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import '../http/fastify-types.ts';
import type { Logger } from '../telemetry/index.ts';
import { drainDelayMs, idleCheckMs, stopTimeoutMs } from './limits.ts';

export type StartContext = {
  log: Logger;
  /** Aborted when a signal arrives while the process still starts. */
  signal: AbortSignal;
};

export type RunServiceOptions = {
  name: string;
  log: Logger;
  host: string;
  port: number;
  /** What /health/ready answers as `instance`. */
  instance?: string | undefined;
  /** Opens everything and builds the app; `stop` closes what was opened, after the last request was answered. */
  start(context: StartContext): Promise<{ app: FastifyInstance; stop(): Promise<void> }>;
};

/**
 * Runs a service until it is told to stop. Exits 0 when it stopped in order,
 * 1 after a fault or when draining took over 30 s.
 */
export async function runService({ name, log, host, port, instance, start }: RunServiceOptions): Promise<void> {
  const stopping = new AbortController();
  const die = (message: string) => (error: unknown) => {
    try {
      log.fatal({ err: error }, message);
    } finally {
      process.exit(1);
    }
  };
  process.on('uncaughtException', die('uncaught exception'));
  process.on('unhandledRejection', die('unhandled rejection'));

  const signalled = new Promise<string>((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (stopping.signal.aborted) return;
      setTimeout(
        () => die('did not stop in time')(new Error(`${stopTimeoutMs} ms after ${signal}`)),
        stopTimeoutMs,
      ).unref();
      stopping.abort();
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });

  try {
    const { app, stop } = await start({ log, signal: stopping.signal });
    app.lifecycle.instance = instance;
    if (!stopping.signal.aborted) {
      const address = await app.listen({ host, port });
      log.info({ address }, `${name} listens`);
    }
    const signal = await signalled;
    log.info({ signal }, `${name} stops`);
    await drain(app);
    await stop();
  } catch (error) {
    if (!stopping.signal.aborted) die(`${name} failed`)(error);
    log.warn({ err: error }, `${name} was stopped while it started or stopped`);
    if (!isAbort(error)) process.exit(1);
  }
  log.info({}, `${name} stopped`);
  process.exit(0);
}

/** Not ready, a moment for callers to see it, then no new connections; resolves when every request is answered. */
async function drain(app: FastifyInstance): Promise<void> {
  app.lifecycle.isDraining = true;
  await delay(drainDelayMs);
  // A connection that was busy when the port closed is kept alive after its answer; closing waits for it.
  const closer = setInterval(() => app.server.closeIdleConnections(), idleCheckMs);
  try {
    await app.close();
  } finally {
    clearInterval(closer);
  }
}

function isAbort(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'AbortError' || (error.cause instanceof Error && isAbort(error.cause)))
  );
}
