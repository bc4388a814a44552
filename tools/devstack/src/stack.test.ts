// The graph, where its instances are placed, and what the environment asks for.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inheritedEnv, readStartConfig } from './config.ts';
import { specFor } from './instances.ts';
import { rootDir } from './paths.ts';
import { placeInstances } from './placement.ts';
import { freePort, isListening, portFrom } from './ports.ts';
import { stack } from './stack.ts';

const byName = (name: string) => stack.find((component) => component.name === name)!;

describe('the graph', () => {
  test('lists what is needed before who needs it, and knows every name', () => {
    const seen = new Set<string>();
    for (const { name, needs, knows } of stack) {
      expect(needs.filter((need) => !seen.has(need))).toEqual([]);
      expect(knows.filter((known) => !stack.some((component) => component.name === known))).toEqual([]);
      seen.add(name);
    }
  });

  test('holds every service of the repository', () => {
    const folders = readdirSync(join(rootDir, 'services')).filter((name) =>
      existsSync(join(rootDir, 'services', name, 'package.json')),
    );
    const services = stack.filter(({ kind }) => kind === 'service').map(({ name }) => name);
    expect(services.toSorted()).toEqual(folders.toSorted());
  });

  test('bounds the memory of a service as docker-compose.yml does', async () => {
    const compose = readFileSync(join(rootDir, 'docker-compose.yml'), 'utf8');
    const services = stack.filter(({ kind }) => kind === 'service');
    const bounded = services.filter(({ nodeOptions }) => nodeOptions !== undefined);
    expect(bounded.map(({ name }) => name)).toEqual(['catalog']);
    for (const { name, nodeOptions = [] } of services) {
      const [, part = ''] = compose.split(`\n  ${name}:\n`);
      const given = /^ {6}NODE_OPTIONS: (.*)$/m.exec(part.split(/\n\n/)[0]!)?.[1]?.split(' ') ?? [];
      expect([name, given]).toEqual([name, nodeOptions]);
      const instance = { name, component: byName(name), port: 1, url: '', token: '' };
      const { args } = await specFor(instance, { dataDir: '/nowhere', log: () => undefined, envFor: () => ({}) });
      expect(args.slice(0, -1)).toEqual(nodeOptions);
    }
  });

  test('starts the gateway last', () => {
    const { needs } = byName('gateway');
    expect(stack.at(-1)?.name).toBe('gateway');
    expect(stack.filter(({ kind, name }) => kind === 'service' && name !== 'gateway' && !needs.includes(name))).toEqual(
      [],
    );
  });
});

describe('placing', () => {
  test('gives each instance a port of its own and lists replicas in the addresses', async () => {
    const placement = await placeInstances(stack, { replicas: 2, ports: 'free', external: {} });
    const { instances } = placement;
    expect(new Set(instances.map(({ port }) => port)).size).toBe(instances.length);
    expect(instances.filter(({ component }) => component.name === 'auth')).toHaveLength(1);
    const orders = instances.filter(({ component }) => component.name === 'orders');
    expect(orders.map(({ name }) => name)).toEqual(['orders', 'orders-2']);
    const addresses = placement.addressesFor(byName('gateway'));
    expect(addresses.ORDERS_URL).toBe(orders.map(({ url }) => url).join(','));
  });

  test('does not start what somebody else runs, and passes its address on', async () => {
    const external = { MONGODB_URI: 'mongodb://db.example/?replicaSet=theirs' };
    const placement = await placeInstances(stack, { replicas: 1, ports: 'free', external });
    expect(placement.instances.map(({ name }) => name)).not.toContain('mongod');
    expect(placement.addressesFor(byName('orders')).MONGODB_URI).toBe(external.MONGODB_URI);
  });

  test('steps around a busy port', async () => {
    const busy = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(busy, '127.0.0.1', resolve));
    expect(await isListening(busy)).toBe(true);
    const next = await portFrom(busy);
    server.close();
    expect(next).toBeGreaterThan(busy);
    expect(await portFrom(next, new Set([next]))).toBeGreaterThan(next);
  });
});

describe('configuration', () => {
  test('reads overrides and names a wrong variable', () => {
    const config = readStartConfig({ PORT: '9090', REDIS_URL: 'redis://r', HOLDFAST_REPLICAS: '2' });
    expect(config).toMatchObject({ gatewayPort: 9090, external: { REDIS_URL: 'redis://r' }, replicas: 2, seed: true });
    expect(() => readStartConfig({ HOLDFAST_REPLICAS: 'many' })).toThrow(
      'HOLDFAST_REPLICAS must be a whole number from 1 to 8',
    );
    expect(() => readStartConfig({ PORT: '80000' })).toThrow('PORT must be');
  });

  test('hands on the environment without the settings of npm and of test runs', () => {
    const env = {
      PATH: '/bin',
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'debug',
      npm_config_x: '1',
      VITEST: 'true',
      NODE_ENV: 'test',
      PORT: '1',
    };
    expect(inheritedEnv(env)).toEqual({ PATH: '/bin', RATE_LIMITS: 'off', LOG_LEVEL: 'debug' });
  });
});

test("the port that was asked for is the gateway's, also where another service would have it", async () => {
  const gatewayPort = await freePort();
  const graph = stack.map((component) => (component.name === 'auth' ? { ...component, port: gatewayPort } : component));
  const placement = await placeInstances(graph, { replicas: 1, ports: 'default', external: {}, gatewayPort });
  expect(placement.get('gateway').port).toBe(gatewayPort);
  expect(placement.get('auth').port).not.toBe(gatewayPort);
});
