// HTTP routes of payment providers and of their notices: parse, authorise, call, answer.
import { providersApi } from '@holdfast/shared/contracts';
import { registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { toProviderAnswer } from './payment-provider.ts';
import { type CallbackDeps, receiveCallback } from './receive-callback.ts';
import { type ProviderDeps, readProvider, removeProvider, setProvider } from './set-provider.ts';

export type PaymentProviderRoutesDeps = ProviderDeps & CallbackDeps;

export function registerPaymentProviderRoutes(app: FastifyInstance, deps: PaymentProviderRoutesDeps): void {
  registerOperation(app, providersApi.readPaymentProvider, async ({ params, auth }) => {
    const found = await readProvider(auth.tenantId, params.provider, deps);
    return { status: 200, body: toProviderAnswer(found), etag: found.version };
  });

  registerOperation(app, providersApi.setPaymentProvider, async ({ params, body, auth, expectVersion }) => {
    const command = { tenantId: auth.tenantId, provider: params.provider, secret: body.secret, expectVersion };
    const stored = await setProvider(command, deps);
    return { status: 200, body: toProviderAnswer(stored), etag: stored.version };
  });

  registerOperation(app, providersApi.removePaymentProvider, async ({ params, auth, expectVersion }) => {
    await removeProvider({ tenantId: auth.tenantId, provider: params.provider, expectVersion }, deps);
    return { status: 204 };
  });

  registerOperation(app, providersApi.receivePaymentCallback, async ({ params, signedBody: body, request }) => {
    const { provider, tenantSlug: slug } = params;
    const outcome = await receiveCallback({ provider, slug, headers: request.headers, body }, deps);
    return { status: 200, body: { outcome } };
  });
}
