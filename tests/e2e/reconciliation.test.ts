// Reconciliation on the whole platform: drift of every kind is planted in the databases, found, told and repaired.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AnswerOf, reconciliationsApi } from '@holdfast/shared/contracts';
import { until } from '@holdfast/shared/testing';
import mongoose, { type Connection } from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testPlatform } from '../api/places.ts';
import { Business } from './business.ts';

type Reconciliation = AnswerOf<typeof reconciliationsApi.readReconciliation>;
type Row = { _id: string; tenantId: string; [field: string]: unknown };

let connection: Connection;
beforeAll(async () => {
  connection = await mongoose.createConnection(testPlatform().urls.mongod!).asPromise();
});
afterAll(() => connection.close());

const rows = (service: 'inventory' | 'orders', name: string) => connection.useDb(service).collection<Row>(name);
/** Changes a document past the platform. */
const damage = (service: 'inventory' | 'orders', name: string, filter: Partial<Row>, change: object) =>
  rows(service, name).updateOne(filter as object, change as never);

async function reconcile(business: Business): Promise<Reconciliation> {
  const started = await business.call<Reconciliation>('POST', '/v1/reconciliations', { body: {} });
  expect(started).toMatchObject({ status: 202, body: { status: 'running', requestedBy: business.owner.id } });
  const read = () => business.call<Reconciliation>('GET', `/v1/reconciliations/${started.body.id}`);
  const ended = async () => (await read()).body.status !== 'running';
  await until(ended, { what: 'the reconciliation ends', timeoutMs: 60_000 });
  return (await read()).body;
}

const found = ({ differences }: Reconciliation) =>
  differences.map(({ kind, variantId, orderId }) => `${kind} ${variantId ?? orderId}`).sort();

/** Variants with three movements each, and what is wrong with them. */
async function plant(business: Business) {
  const { tenantId } = business;
  const adjusted = async () => {
    const variantId = await business.stockVariant(5);
    for (const delta of [1, 2]) {
      const body = { variantId, delta, reason: 'found' };
      await business.call('POST', '/v1/adjustments', { key: crypto.randomUUID(), body });
    }
    return variantId;
  };
  const ordered = async () => {
    const variantId = await business.stockVariant(5);
    return { variantId, orderId: (await business.order(variantId, 1)).body.id };
  };
  const [balance, gap, tail, chain] = [await adjusted(), await adjusted(), await adjusted(), await adjusted()];
  const [sum, ended, unknown, lost, differs] = [
    await ordered(),
    await ordered(),
    await ordered(),
    await ordered(),
    await ordered(),
  ];
  const level = (variantId: string, change: object) =>
    damage('inventory', 'stock_levels', { tenantId, variantId }, { $set: { events: [] }, $inc: change });
  const movement = (variantId: string, sequence: number, change: Record<string, number>) =>
    damage('inventory', 'movements', { tenantId, variantId, sequence }, { $inc: change });
  const lose = (variantId: string, sequence: number) =>
    rows('inventory', 'movements').deleteOne({ tenantId, variantId, sequence });
  await level(balance, { onHand: 3 });
  await lose(gap, 2);
  await lose(tail, 3);
  await movement(chain, 2, { onHandAfter: 1 });
  await level(sum.variantId, { reserved: 1 });
  await movement(sum.variantId, 2, { reservedDelta: 1, reservedAfter: 1 });
  const cancelled = { $set: { status: 'CANCELLED', events: [] }, $inc: { version: 1 } };
  await damage('orders', 'orders', { _id: ended.orderId, tenantId }, cancelled);
  await rows('orders', 'orders').deleteOne({ _id: unknown.orderId, tenantId });
  await rows('inventory', 'reservations').deleteOne({ _id: lost.orderId, tenantId });
  const renumbered = { $set: { request: 5, events: [] } };
  await damage('inventory', 'reservations', { _id: differs.orderId, tenantId }, renumbered);
  const repairable = [
    `level_balance ${balance}`,
    `ledger_gap ${gap}`,
    `ledger_gap ${tail}`,
    `reserved_sum ${sum.variantId}`,
    `reserved_sum ${lost.variantId}`,
    `reservation_of_ended_order ${ended.orderId}`,
    `reservation_without_order ${unknown.orderId}`,
    `order_without_reservation ${lost.orderId}`,
  ];
  return { repairable, others: [`ledger_chain ${chain}`, `request_differs ${differs.orderId}`], lost, balance };
}

it('a business without drift has none, also while it is selling', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(200);
  let isOver = false;
  const selling = Promise.all(
    [1, 2, 3].map(async () => {
      for (let n = 0; !isOver && n < 50; n += 1) await business.order(variantId, 1);
    }),
  );
  const sound = await reconcile(business);
  isOver = true;
  await selling;
  expect(sound).toMatchObject({ status: 'done', isComplete: true, differenceCount: 0, differences: [] });
  expect(sound.checked.levels).toBe(1);
});

it('drift of every kind is found, announced, repaired where that is safe, and gone afterwards', async () => {
  const business = await Business.signUp();
  const { repairable, others, lost, balance } = await plant(business);
  const drift = await reconcile(business);
  expect(found(drift)).toEqual([...repairable, ...others].sort());
  expect(drift.differenceCount).toBe(10);
  for (const one of drift.differences) expect([one.kind, one.repairable]).toEqual([one.kind, one.why === undefined]);
  const stored = await rows('inventory', 'reconciliations').findOne({ _id: drift.id, tenantId: business.tenantId });
  const [event] = stored!.events as { body: string }[];
  expect(JSON.parse(event!.body)).toMatchObject({
    type: 'com.holdfast.reconciliation.drift_found.v1',
    data: { reconciliationId: drift.id, count: 10 },
  });

  const repair = () => business.call<Reconciliation>('POST', `/v1/reconciliations/${drift.id}/repair`);
  const repaired = await repair();
  expect(repaired.status).toBe(200);
  const outcomes = repaired.body.differences.map(({ kind, repair: outcome }) => `${kind} ${outcome}`);
  expect(new Set(outcomes)).toEqual(
    new Set([
      'level_balance repaired',
      'ledger_gap repaired',
      'reserved_sum repaired',
      'reservation_of_ended_order repaired',
      'reservation_without_order repaired',
      'order_without_reservation asked',
      'ledger_chain undefined',
      'request_differs undefined',
    ]),
  );
  const isHeld = async () => {
    const reservation = await rows('inventory', 'reservations').findOne({ _id: lost.orderId });
    return reservation?.state === 'held';
  };
  await until(isHeld, { what: 'the order holds its stock again' });
  expect(await business.checkLedger(balance)).toMatchObject({ onHand: 8 });
  const { body } = await business.call<{ data: object[] }>('GET', `/v1/movements?variantId=${balance}`);
  const mark = { reason: 'reconciliation', reference: { type: 'reconciliation', id: drift.id }, onHandAfter: 8 };
  expect(body.data[0]).toMatchObject({ ...mark, actor: business.owner.id });
  expect(await business.checkLedger(lost.variantId)).toMatchObject({ onHand: 5, reserved: 1 });

  const again = await repair();
  expect(again.body.differences.map((one) => one.repair)).not.toContain('failed');
  const after = await reconcile(business);
  expect(found(after)).toEqual(others.sort());
});

it('the operator reconciles every business, is told of drift, and gets an exit code', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(5);
  const change = { $set: { events: [] }, $inc: { onHand: 1 } };
  await damage('inventory', 'stock_levels', { tenantId: business.tenantId, variantId }, change);
  const main = join(import.meta.dirname, '../../tools/operator/src/main.ts');
  const env = { ...process.env, HOLDFAST_DATA_DIR: testPlatform().dataDir, AUTH_URL: '', INTERNAL_TOKEN: '' };
  const run = promisify(execFile)(process.execPath, [main, 'reconcile'], { env });
  const ended = await run.catch((error: { code: number; stdout: string }) => error);
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stdout).toContain(`${business.tenantId} level_balance variant ${variantId}`);
});

it('only who may reconcile does', async () => {
  const business = await Business.signUp();
  const manager = await business.employ('MANAGER');
  const refused = await business.call('POST', '/v1/reconciliations', { body: {}, token: manager.token });
  expect(refused).toMatchObject({ status: 403 });
});
