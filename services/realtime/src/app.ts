// The HTTP app of realtime, with the socket server on it; never listens.
import { randomBytes } from 'node:crypto';
import type { Tail } from '@holdfast/shared/messaging';
import { buildServiceApp, tailCheck } from '@holdfast/shared/service';
import { systemClock } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import type { Deps } from './deps.ts';
import { createFanOut } from './sockets/fan-out.ts';
import { createLogCursors } from './sockets/log-cursor.ts';
import { originCheck } from './sockets/origins.ts';
import { startSocketServer } from './sockets/socket-server.ts';

/** The app on opened dependencies; closing it closes the sockets first. */
export function buildApp(deps: Deps): FastifyInstance {
  const { trust } = deps;
  let tail: Tail | undefined;
  let isTrusting = false;
  trust.ready.then(
    () => {
      isTrusting = true;
    },
    () => undefined,
  );
  const onFollowing = (started: Tail) => {
    tail = started;
  };
  return buildServiceApp(deps, {
    checks: { publicLog: tailCheck(() => tail) },
    routes: (app) => addSockets(app, deps, { isOpen: () => tail !== undefined && isTrusting, onFollowing }),
  });
}

type Opening = { isOpen: () => boolean; onFollowing: (tail: Tail) => void };

function addSockets(app: FastifyInstance, deps: Deps, { isOpen, onFollowing }: Opening): void {
  const { config, log, metrics, trust, crossPod, stores } = deps;
  const sockets = startSocketServer({
    httpServer: app.server,
    isAllowedOrigin: originCheck([...config.PUBLIC_URL, ...config.CORS_ORIGINS], config.NODE_ENV !== 'production'),
    isOpen,
    verifier: trust.verifier,
    revocations: trust.revocations,
    crossPod,
    variants: stores.variants,
    log,
    metrics,
  });
  const fanOut = createFanOut({
    emitter: sockets.emitter,
    forSale: sockets.forSale,
    cursors: createLogCursors(config.HOLDFAST_SECRET, randomBytes),
    clock: systemClock,
  });
  deps.followLog(fanOut.onEvent, onFollowing);
  app.addHook('preClose', async () => {
    fanOut.stop();
    await sockets.stop();
  });
}
