// F4's server: Fastify, a JSON body read and a constant answered, of the size of an order.
import { fastify } from 'fastify';
import { serveParent } from '../worker.ts';

const answer = {
  id: 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  status: 'CONFIRMED',
  lines: Array.from({ length: 2 }, () => ({
    variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    sku: 'CAP-1',
    name: 'Wool cap',
    quantity: 1,
    unitPrice: { amount: 1_999, currency: 'EUR' },
    total: { amount: 1_999, currency: 'EUR' },
  })),
  total: { amount: 3_998, currency: 'EUR' },
  version: 2,
};

const app = fastify();
app.post('/v1/orders', (_request, reply) => void reply.code(201).send(answer));
app.get('/health/ready', (_request, reply) => void reply.send({ status: 'ok' }));

serveParent({ listen: () => app.listen({ host: '127.0.0.1', port: 0 }) }, () => app.close());
