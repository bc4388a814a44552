// The HTTP app of realtime, with the socket server on it; never listens.
import {
  addDeadLetterRoutes,
  addResyncRoutes,
  consumerCheck,
  createHttpApp,
  databaseCheck,
  relayCheck,
  resyncCheck,
} from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from './deps.ts';
import { descriptorsWantedMin, socketsMax, socketsShareMax } from './limits.ts';
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
    socketsMax: socketsMaxOf(deps),
    isAllowedOrigin: originCheck([...config.PUBLIC_URL, ...config.CORS_ORIGINS], config.NODE_ENV !== 'production'),
    isOpen: () => isFollowing && isTrusting,
    verifier: trust.verifier,
    revocations: trust.revocations,
    crossPod,
    log,
    metrics,
  });
  const fanOut = createFanOut({ emitter: sockets.emitter, cursors: createLogCursors(config.HOLDFAST_SECRET) });
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

const socketsMaxOf = ({ descriptorLimit }: Deps) => Math.min(socketsMax, Math.floor(descriptorLimit * socketsShareMax));

function healthChecks(deps: Deps, isFollowing: () => boolean) {
  const { database, trust, relay, resync, consumer, descriptorLimit: limit } = deps;
  const descriptors = { ok: limit >= descriptorsWantedMin, limit, socketsMax: socketsMaxOf(deps) };
  return {
    mongodb: databaseCheck(database),
    auth: trust.check,
    relay: relayCheck(relay),
    resync: resyncCheck(resync),
    consumer: consumerCheck(consumer),
    descriptors: { required: false, check: () => descriptors },
    publicLog: { required: false, check: () => ({ ok: isFollowing() }) },
  };
}
