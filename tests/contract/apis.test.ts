// The maps of operations and events are complete, and what is told beside them agrees with them.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import * as contracts from '@holdfast/shared/contracts';
import { allEvents, allOperations, consumersOf, domains, type Operation } from '@holdfast/shared/contracts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { handled as byInventory } from '../../services/inventory/src/on-batch.ts';
import { handled as byOrders } from '../../services/orders/src/orders/on-batch.ts';
import { publicEvents } from '../../services/realtime/src/log/public-log.ts';

const root = join(import.meta.dirname, '../..');
const exported = contracts as Record<string, unknown>;
const foldersWith = (file: string) =>
  globSync(`packages/shared/src/contracts/*/${file}`, { cwd: root }).map((path) => path.split('/').at(-2)!);

it('every http.ts of the contracts is an api whose operations all are in allOperations', () => {
  // A service with many operations has further files, `access-http.ts` with `accessApi`.
  const files = globSync('packages/shared/src/contracts/*/{http,*-http}.ts', { cwd: root });
  const operations = files.flatMap((path) => {
    const [service, file] = path.split('/').slice(-2) as [string, string];
    const name = `${file === 'http.ts' ? service : file.slice(0, -'-http.ts'.length)}Api`;
    const api = exported[name] as Record<string, Operation> | undefined;
    expect(api, `${path} has to export ${name}`).toBeDefined();
    for (const one of Object.values(api!)) expect([one.operationId, one.service]).toEqual([one.operationId, service]);
    return Object.values(api!);
  });
  expect(new Set(allOperations)).toEqual(new Set(operations));
});

it('operations have ids and routes of their own', () => {
  const ids = allOperations.map(({ operationId }) => operationId);
  const routes = allOperations.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':')}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(routes).size).toBe(routes.length);
});

it('every events.ts of the contracts is a domain', () => {
  expect([...domains].sort()).toEqual(foldersWith('events.ts').sort());
  expect(new Set(allEvents.map(({ domain }) => domain))).toEqual(new Set(domains));
  expect(new Set(allEvents.map(({ type }) => type)).size).toBe(allEvents.length);
});

it('consumersOf names exactly who handles an event of the domain', () => {
  const readers: Record<string, readonly string[]> = {
    inventory: byInventory.domains,
    orders: byOrders.domains,
    realtime: publicEvents.domains,
  };
  for (const domain of domains) {
    const expected = Object.keys(readers).filter((service) => readers[service]!.includes(domain));
    expect([domain, [...consumersOf[domain]].sort()]).toEqual([domain, expected]);
  }
});

it('answers transform nothing: what is checked before it is sent is what is sent', () => {
  const shapeOf = (answer: Operation['answer'], io: 'input' | 'output') =>
    // An output is closed where an input is open; both are cut to what is declared.
    JSON.parse(JSON.stringify(z.toJSONSchema(answer, { io, unrepresentable: 'any' })), (key, value) =>
      key === 'additionalProperties' && value === false ? undefined : value,
    );
  for (const { operationId, answer } of allOperations)
    expect(shapeOf(answer, 'output'), operationId).toEqual(shapeOf(answer, 'input'));
});
