// The edge's decision on a request: whose it is, whether its budget allows it, whether its role may.
// Services decide again from the token; what is refused here only never reaches them.
import { DomainError } from '@holdfast/shared/errors';
import { type Auth, bearerToken, mayUse, unauthenticated, type Verifier } from '@holdfast/shared/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Connections } from '../connections/connections.ts';
import type { RateLimiter } from '../rate-limits/rate-limiter.ts';
import { accountOf } from '../rate-limits/subjects.ts';
import { addressOf, isUpgrade, refuseTricks } from '../routing/request-hygiene.ts';
import { routeOf } from '../routing/routes.ts';
import { type ApiKeys, isApiKey } from './api-keys.ts';
import { limitBodies } from './bodies.ts';

export type AdmitOptions = { verifier: Verifier; apiKeys: ApiKeys; limiter: RateLimiter; connections: Connections };

async function callerOf({ verifier, apiKeys }: AdmitOptions, request: FastifyRequest): Promise<Auth> {
  const token = bearerToken(request.headers.authorization);
  if (token === undefined) throw unauthenticated();
  if (isApiKey(token)) return callerOfKey(token, { verifier, apiKeys }, request);
  return verifier.peek(token) ?? (await verifier.verify(token));
}

/** The services get the access token that the key was traded for. */
async function callerOfKey(
  apiKey: string,
  { verifier, apiKeys }: Pick<AdmitOptions, 'verifier' | 'apiKeys'>,
  request: FastifyRequest,
): Promise<Auth> {
  const token = await apiKeys.tokenOf(apiKey);
  try {
    const auth = verifier.peek(token) ?? (await verifier.verify(token));
    request.headers.authorization = `Bearer ${token}`;
    return auth;
  } catch (error) {
    apiKeys.forget(apiKey);
    throw error;
  }
}

/** The caller of a route that needs one; a request without a valid token draws on its address's budget. */
async function admitCaller(options: AdmitOptions, request: FastifyRequest, reply: FastifyReply): Promise<Auth> {
  try {
    return await callerOf(options, request);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unauthenticated')
      await options.limiter.takeAnonymous(addressOf(request), reply);
    throw error;
  }
}

/**
 * Admits or refuses every request of this scope before its body is read;
 * sign-ins also by the account that the body names.
 */
export function addAdmission(scope: FastifyInstance, options: AdmitOptions): void {
  const { limiter, connections } = options;
  const admitBody = limitBodies(scope);
  scope.addHook('onRequest', async (request, reply) => {
    refuseTricks(request);
    if (isUpgrade(request)) throw new DomainError('not_found');
    const { access, rateClass } = routeOf(request);
    if (rateClass === 'exempt') return;
    if (access === 'public') {
      await limiter.takeAnonymous(addressOf(request), reply);
      return;
    }
    const auth = await admitCaller(options, request, reply);
    connections.recognise(request.raw.socket);
    await limiter.takeCaller(auth, reply);
    if (!mayUse(access, auth.permissions)) throw new DomainError('forbidden');
    request.auth = auth;
    admitBody(request, reply);
  });
  scope.addHook('preHandler', async (request, reply) => {
    if (routeOf(request).rateClass === 'auth')
      await limiter.takeAccount(addressOf(request), accountOf(request.body), reply);
  });
}
