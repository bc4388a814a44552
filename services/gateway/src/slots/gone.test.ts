// Clients that hang up, over real connections.
import { type AddressInfo, connect } from 'node:net';
import { until } from '@holdfast/shared/testing';
import { expect, it, onTestFinished } from 'vitest';
import { echoService, openFixture } from '../gateway.fixture.ts';

it('a client that hangs up while orders holds its request frees the connection to orders', async () => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  let held = 0;
  const service = await echoService((app) => {
    app.get('/v1/orders/:id', (request) => {
      held += 1;
      request.raw.socket.once('close', close);
    });
  });
  const gateway = await openFixture({ urls: [service.url] });
  await gateway.app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await gateway.close();
    await service.app.close();
  });
  const { authorization } = await gateway.tokens.bearer();
  const { port } = gateway.app.server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  const head = ['GET /v1/orders/x HTTP/1.1', 'Host: a', `Authorization: ${authorization}`, 'Prefer: wait=20'];
  client.write(`${head.join('\r\n')}\r\n\r\n`);
  await until(() => held === 1, { what: 'orders holds the request' });
  client.destroy();
  await closed;
  expect(held).toBe(1);
});
