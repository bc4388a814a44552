// The edge's decision on a request: whose it is, whether its budget allows it, whether its role may.
// Services decide again from the token; what is refused here only never reaches them.
import { DomainError } from '@holdfast/shared/errors';
import { type Auth, bearerToken, mayUse, unauthenticated, type Verifier } from '@holdfast/shared/http';
import { normaliseSlug } from '@holdfast/shared/values';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Connections } from '../connections/connections.ts';
import type { RateLimiter } from '../rate-limits/rate-limiter.ts';
import { accountOf } from '../rate-limits/subjects.ts';
import { addressOf, isUpgrade, refuseTricks } from '../routing/request-hygiene.ts';
import { routeOf } from '../routing/routes.ts';
import { type ApiKeys, isApiKey } from './api-keys.ts';
import { limitBodies } from './bodies.ts';
import { acceptUploads } from './uploads.ts';

export type AdmitOptions = { verifier: Verifier; apiKeys: ApiKeys; limiter: RateLimiter; connections: Connections };

type Token = string | undefined;

async function callerOf({ verifier, apiKeys }: AdmitOptions, token: Token, request: FastifyRequest): Promise<Auth> {
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

/**
 * The caller of a route that needs one; a request without a valid token draws on its address's budget. A key that was
 * never taken draws on it before auth is asked, so that made-up keys cost auth no more than that; one that was is not
 * held up by them.
 */
async function admitCaller(options: AdmitOptions, request: FastifyRequest, reply: FastifyReply): Promise<Auth> {
  const { limiter, apiKeys } = options;
  const address = addressOf(request);
  const token = bearerToken(request.headers.authorization);
  const isNewKey = token !== undefined && isApiKey(token) && !apiKeys.isKnown(token);
  if (isNewKey) await limiter.takeAnonymous(address, reply);
  try {
    const auth = await callerOf(options, token, request);
    if (isNewKey) await limiter.giveAnonymous(address, reply);
    return auth;
  } catch (error) {
    const isFlaw = error instanceof DomainError && error.code === 'unauthenticated';
    if (isFlaw && !isNewKey) await limiter.takeAnonymous(address, reply);
    if (isNewKey && !isFlaw) await limiter.giveAnonymous(address, reply);
    throw error;
  }
}

/** Whom a callback is for, as its path says. */
function tenantOf({ params }: FastifyRequest): string {
  return normaliseSlug((params as { tenantSlug?: string }).tenantSlug ?? '');
}

/**
 * Admits or refuses every request of this scope before its body is read;
 * sign-ins also by the account that the body names, and what asks for the own password by the caller.
 */
export function addAdmission(scope: FastifyInstance, options: AdmitOptions): void {
  const { limiter, connections } = options;
  const admitBody = limitBodies(scope);
  acceptUploads(scope);
  scope.addHook('onRequest', async (request, reply) => {
    refuseTricks(request);
    if (isUpgrade(request)) throw new DomainError('not_found');
    const { access, rateClass, upload } = routeOf(request);
    request.uploadType = upload;
    if (rateClass === 'exempt') return;
    if (rateClass === 'callback') {
      await limiter.takeCallback(addressOf(request), tenantOf(request), reply);
      admitBody(request, reply);
      return;
    }
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
    if (routeOf(request).rateClass !== 'auth') return;
    // Who is signed in is the account, whatever the body names.
    const account = request.auth ? request.auth.userId : accountOf(request.body);
    await limiter.takeAccount(addressOf(request), account, reply);
  });
}
