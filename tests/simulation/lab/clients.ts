// Clients that place, cancel, pay, ship, adjust, transfer, edit and create, ask again with the same key when they heard
// nothing, and remember what they were told.
import type { DomainError } from '@holdfast/shared/errors';
import { sleep } from '@holdfast/shared/values';
import type { mongo } from 'mongoose';
import { adjustmentIdOf } from '../../../services/inventory/src/adjustments/adjustment.ts';
import { clockOf } from './calls.ts';
import { History } from './history.ts';
import { request } from './http.ts';
import { Patience } from './insist.ts';
import { OrderLives } from './order-lives.ts';
import { placesOf } from './places.ts';
import type { Platform } from './platform.ts';
import type { CatalogApi, Edit, InventoryApi, NewVariant, OrdersApi } from './services.ts';
import type { Life } from './world.ts';

export interface Plan {
  readonly tenants: readonly string[];
  readonly variantsPerTenant: number;
  readonly clients: number;
  readonly commandsPerClient: number;
  readonly initialStockMax: number;
  readonly thinkMs: number;
  /** Orders are placed, cancelled and demanded anew, and nothing else moves stock; default false. */
  readonly isPlain?: boolean;
}

const actor = 'usr_buyer';

export class Clients {
  readonly history: History;
  running = 0;
  readonly #platform: Platform;
  readonly #plan: Plan;
  readonly #variants = new Map<string, string[]>();
  readonly #patience: Patience;
  readonly #lives: OrderLives;

  constructor(platform: Platform, plan: Plan) {
    this.#platform = platform;
    this.#plan = plan;
    this.history = new History(platform);
    this.#patience = new Patience(platform, this.history);
    this.#lives = new OrderLives(platform, this.history, this.#patience);
  }

  /** Starts everybody. */
  start(): void {
    for (let n = 0; n < this.#plan.clients; n += 1) {
      const life: Life = { name: `client-${n}`, alive: true, pausedUntilMs: 0 };
      this.running += 1;
      const run = () =>
        void this.#live(life, n).finally(() => {
          this.running -= 1;
        });
      this.#platform.world.after(0, 'starts', run, life);
    }
  }

  async #live(life: Life, n: number): Promise<void> {
    const { chance } = this.#platform.world;
    const clock = clockOf(this.#platform.world, life);
    const { tenants, variantsPerTenant, commandsPerClient, thinkMs } = this.#plan;
    // The first client opens the shops; the others come when there is something to buy.
    if (n === 0) {
      for (const tenantId of tenants) for (let v = 0; v < variantsPerTenant; v += 1) await this.#create(life, tenantId);
    }
    while (this.#variants.size === 0) await sleep(clock, 20);
    for (let count = 0; count < commandsPerClient; count += 1) {
      await sleep(clock, chance.between(0, thinkMs));
      await this.#command(life, chance.pick([...this.#variants.keys()]));
    }
  }

  async #command(life: Life, tenantId: string): Promise<void> {
    const roll = this.#platform.world.chance.next();
    if (this.#plan.isPlain) return this.#plain(life, tenantId, roll);
    if (roll < 0.36) return this.#place(life, tenantId);
    if (roll < 0.44) return this.#cancel(life);
    if (roll < 0.76) return this.#lives.act(life);
    if (roll < 0.87) return this.#adjust(life, tenantId);
    if (roll < 0.91) return this.#transfer(life, tenantId);
    if (roll < 0.96) return this.#edit(life, tenantId);
    return this.#create(life, tenantId);
  }

  #plain(life: Life, tenantId: string, roll: number): Promise<void> {
    if (roll < 0.65) return this.#place(life, tenantId);
    if (roll < 0.85) return this.#cancel(life);
    return this.#edit(life, tenantId);
  }

  #lines(tenantId: string) {
    const { chance } = this.#platform.world;
    const variants = this.#variants.get(tenantId)!;
    return Array.from({ length: chance.int(1, 2) }, () => ({
      variantId: chance.pick(variants),
      quantity: chance.int(1, 3),
    }));
  }

  #place(life: Life, tenantId: string): Promise<void> {
    const { chance } = this.#platform.world;
    const key = this.#patience.key('place');
    const prefer = chance.pick(['respond-async', 200, 1_000, undefined] as const);
    const command = {
      tenantId,
      key,
      prefer,
      callerId: actor,
      requestHash: key,
      customerId: null,
      onBehalf: false,
      onlyForSale: true,
      lines: this.#lines(tenantId),
    };
    const send = () => request(this.#platform, life, 'orders', (api: OrdersApi) => api.place(command));
    return this.#patience.insist(life, send, (reply) => {
      if (reply.kind === 'answered') {
        this.history.placed(key, reply.value.order);
        return reply.value.order.status !== 'PENDING' || chance.hits(0.5);
      }
      return this.#patience.isRefusal(reply, 'place');
    });
  }

  async #cancel(life: Life): Promise<void> {
    const { orders } = this.history;
    if (orders.length === 0) return;
    const { tenantId, orderId } = this.#platform.world.chance.pick(orders);
    const key = { key: this.#patience.key('cancel'), requestHash: 'h' };
    const command = { tenantId, orderId, actor, reason: 'requested', key };
    const send = () => request(this.#platform, life, 'orders', (api: OrdersApi) => api.cancel(command));
    await this.#patience.insist(life, send, (reply) => {
      if (reply.kind === 'answered') this.history.cancelled(orderId);
      if (reply.kind === 'failed' && (reply.error as DomainError).code === 'not_found') this.history.missing(orderId);
      return reply.kind === 'answered' || this.#patience.isRefusal(reply, 'cancel');
    });
  }

  #adjust(life: Life, tenantId: string): Promise<void> {
    const { chance } = this.#platform.world;
    const known = this.history.adjustments;
    if (known.length > 0 && chance.hits(0.3)) return this.#correct(life, chance.pick(known));
    const adjustmentId = adjustmentIdOf(tenantId, actor, this.#patience.key('adjust'));
    const force = chance.hits(0.4);
    const delta = force ? -chance.int(1, 5) : chance.int(-3, 5);
    const command = {
      adjustmentId,
      caller: { tenantId, userId: actor },
      requestKey: { key: adjustmentId, requestHash: 'h' },
      cause: {},
      reason: 'received' as const,
      variantId: chance.pick(this.#variants.get(tenantId)!),
      locationId: chance.pick(placesOf(this.#platform.world.seed, tenantId, new Date(0))).id,
      change: { kind: 'delta' as const, delta },
      force,
    };
    const send = () => request(this.#platform, life, 'inventory', (api: InventoryApi) => api.adjust(command));
    return this.#patience.insist(life, send, (reply) => {
      if (reply.kind !== 'answered') return this.#patience.isRefusal(reply, 'adjust');
      this.history.adjusted(reply.value);
      return true;
    });
  }

  /** Changes an adjustment or takes it back, forced or not. */
  #correct(life: Life, { tenantId, id }: { tenantId: string; id: string }): Promise<void> {
    const { chance } = this.#platform.world;
    const reason = chance.pick(['received', 'received', 'found'] as const);
    const patch = { delta: chance.pick([-4, -1, 2, 5]), reason };
    const target = { tenantId, id, actor, cause: {}, expectVersion: () => {}, force: chance.hits(0.5) };
    const work = chance.hits(0.5)
      ? (api: InventoryApi) => api.patch({ ...target, patch })
      : (api: InventoryApi) => api.remove(target);
    const send = () => request(this.#platform, life, 'inventory', work);
    return this.#patience.insist(life, send, (reply) => {
      if (reply.kind !== 'answered') return this.#patience.isRefusal(reply, 'correct');
      this.history.count(`correct ${reply.value.status}`);
      return true;
    });
  }

  /** Ships what may not be there, then receives all or a part of it, or takes it back; some stays on its way. */
  async #transfer(life: Life, tenantId: string): Promise<void> {
    const { chance, seed } = this.#platform.world;
    const places = placesOf(seed, tenantId, new Date(0));
    const [from, ...others] = chance.hits(0.5) ? places : places.toReversed();
    if (others.length === 0) return;
    const way = { fromLocationId: from!.id, toLocationId: chance.pick(others).id };
    const id = this.#patience.key('tra');
    const lines = this.#lines(tenantId);
    const plan = { id, tenantId, ...way, lines, createdBy: actor, creation: { requestHash: 'h' } };
    let isDone = false;
    const insist = (work: (api: InventoryApi) => Promise<unknown>, what: string) => {
      isDone = false;
      const send = () => request(this.#platform, life, 'inventory', work);
      return this.#patience.insist(life, send, (reply) => {
        isDone = reply.kind === 'answered';
        if (isDone) this.history.transferred(id, what);
        return isDone || this.#patience.isRefusal(reply, 'transfer');
      });
    };
    await insist((api) => api.plan(plan), 'DRAFT');
    const steps = chance.pick([['SHIPPED', 'RECEIVED'], ['SHIPPED', 'CANCELLED'], ['CANCELLED'], ['SHIPPED']] as const);
    for (const to of steps) {
      if (!isDone) return;
      const arrived = to === 'RECEIVED' && chance.hits(0.5) ? [{ ...lines[0]!, quantity: 1 }] : undefined;
      const key = { key: `${id} ${to}`, requestHash: 'h' };
      await insist((api) => api.step({ tenantId, transferId: id, to, by: actor, key, lines: arrived, cause: {} }), to);
    }
  }

  #edit(life: Life, tenantId: string): Promise<void> {
    const { chance } = this.#platform.world;
    const id = `ord_demand${tenantId}${chance.int(1, 2)}`;
    const merged = new Map(this.#lines(tenantId).map((line) => [line.variantId, line]));
    const command: Edit = { tenantId, id, lines: chance.hits(0.25) ? [] : [...merged.values()] };
    const send = () => request(this.#platform, life, 'orders', (api: OrdersApi) => api.edit(command));
    return this.#patience.insist(life, send, (reply) => reply.kind === 'answered');
  }

  async #create(life: Life, tenantId: string): Promise<void> {
    const { chance } = this.#platform.world;
    const initialStock = chance.int(0, this.#plan.initialStockMax);
    const command: NewVariant = { tenantId, variantId: this.#patience.key('var'), initialStock };
    for (;;) {
      const reply = await request(this.#platform, life, 'catalog', (api: CatalogApi) => api.create(command));
      const isThere = reply.kind === 'failed' && (reply.error as mongo.MongoError).code === 11_000;
      if (reply.kind === 'answered' || isThere) break;
      await sleep(clockOf(this.#platform.world, life), 50);
    }
    this.#variants.set(tenantId, [...(this.#variants.get(tenantId) ?? []), command.variantId]);
  }
}
