// The HTTP app of realtime, with the socket server on it; never listens.
import { randomBytes } from 'node:crypto';
import {
  addDeadLetterRoutes,
  addResyncRoutes,
  consumerCheck,
  createHttpApp,
  databaseCheck,
  relayCheck,
  resyncCheck,
} from '@holdfast/shared/http';
import { systemClock } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import type { Deps } from './deps.ts';
import { createFanOut } from './sockets/fan-out.ts';
import { createLogCursors } from './sockets/log-cursor.ts';
import { originCheck } from './sockets/origins.ts';
import { startSocketServer } from './sockets/socket-server.ts';

/** The app on opened dependencies; closing it closes the sockets first. */
export function buildApp(deps: Deps): FastifyInstance {
  const { config, log, metrics, trust, crossPod } = deps;
  let isFollowing = false;
  let isTrusting = false;
  trust.ready.then(
    () => {
      isTrusting = true;
    },
    () => undefined,
  );
  const app = createHttpApp({
    service: 'realtime',
    log,
    metrics,
    verifier: trust.verifier,
    cursorSecret: config.HOLDFAST_SECRET,
    health: { checks: healthChecks(deps, () => isFollowing) },
  });
  addDeadLetterRoutes(app, config.INTERNAL_TOKEN, deps.consumer.deadLetters);
  addResyncRoutes(app, config.INTERNAL_TOKEN, deps.resync);
  const sockets = startSocketServer({
    httpServer: app.server,
    isAllowedOrigin: originCheck([...config.PUBLIC_URL, ...config.CORS_ORIGINS], config.NODE_ENV !== 'production'),
    isOpen: () => isFollowing && isTrusting,
    verifier: trust.verifier,
    revocations: trust.revocations,
    crossPod,
    log,
    metrics,
  });
  const fanOut = createFanOut({
    emitter: sockets.emitter,
    cursors: createLogCursors(config.HOLDFAST_SECRET, randomBytes),
    clock: systemClock,
  });
  const tail = deps.followLog((event) => fanOut.onEvent(event));
  tail.then(
    () => {
      isFollowing = true;
    },
    (error) => log.error({ err: error }, 'the public log is not followed'),
  );
  app.addHook('preClose', async () => {
    fanOut.stop();
    await sockets.stop();
    // One that still waits for Redis ends with the process.
    if (isFollowing) await (await tail).stop();
  });
  return app;
}

function healthChecks({ database, trust, relay, resync, consumer }: Deps, isFollowing: () => boolean) {
  return {
    mongodb: databaseCheck(database),
    auth: trust.check,
    relay: relayCheck(relay),
    resync: resyncCheck(resync),
    consumer: consumerCheck(consumer),
    publicLog: { required: false, check: () => ({ ok: isFollowing() }) },
  };
}
