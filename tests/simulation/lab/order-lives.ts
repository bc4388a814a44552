// What clients do with orders that they know of: pay, change, ship in parcels, deliver, give up the rest, send back,
// give money back. Mostly what fits the state of the order, sometimes what does not.
import type { DomainError } from '@holdfast/shared/errors';
import type { History } from './history.ts';
import { type Reply, request } from './http.ts';
import type { Patience } from './insist.ts';
import type { Doc } from './mongo-filter.ts';
import type { Platform } from './platform.ts';
import type { OrdersApi } from './services.ts';
import type { Life } from './world.ts';

type Known = { tenantId: string; orderId: string };
type Key = { key: string; requestHash: string };
type Act = 'ship' | 'deliver' | 'rest' | 'pay' | 'refund' | 'change' | 'return';

/** What comes next in the life of an order. */
const nextOf: Readonly<Record<string, readonly Act[]>> = {
  AWAITING_PAYMENT: ['pay', 'pay', 'change'],
  CONFIRMED: ['ship', 'ship', 'change', 'refund'],
  PARTIALLY_SHIPPED: ['ship', 'ship', 'deliver', 'rest', 'return'],
  SHIPPED: ['deliver', 'return', 'refund'],
  DELIVERED: ['return'],
  EXPIRED: ['pay'],
  CANCELLED: ['pay', 'refund'],
};
const all: readonly Act[] = ['ship', 'deliver', 'rest', 'pay', 'refund', 'change', 'return'];
const actor = 'usr_staff';

export class OrderLives {
  readonly #platform: Platform;
  readonly #history: History;
  readonly #patience: Patience;

  constructor(platform: Platform, history: History, patience: Patience) {
    this.#platform = platform;
    this.#history = history;
    this.#patience = patience;
  }

  async act(life: Life): Promise<void> {
    const { chance } = this.#platform.world;
    if (this.#history.orders.length === 0) return;
    const { orders } = this.#platform.stores;
    const statusOf = ({ orderId }: Known) => String(orders.read('orders', orderId)?.status);
    const open = this.#history.orders.filter((one) => nextOf[statusOf(one)] !== undefined);
    const known = chance.pick(open.length > 0 && chance.hits(0.85) ? open : this.#history.orders);
    const order = orders.read('orders', known.orderId);
    const acts = (chance.hits(0.85) && nextOf[order?.status as string]) || all;
    await this.#do(life, chance.pick(acts), known, order);
  }

  async #do(life: Life, act: Act, { tenantId, orderId }: Known, order: Doc | undefined): Promise<void> {
    const { chance } = this.#platform.world;
    const key = { key: this.#patience.key(act), requestHash: 'h' };
    const command = { tenantId, orderId, actor, key };
    switch (act) {
      case 'ship': {
        const line = chance.pick((order?.lines ?? []) as { variantId: string; quantity: number }[]);
        const lines = line && chance.hits(0.6) ? [{ variantId: line.variantId, quantity: 1 }] : undefined;
        return this.#ask(life, act, orderId, async (api) => {
          const { fulfilment } = await api.ship({ ...command, lines });
          return { part: fulfilment.id, field: 'fulfilments' };
        });
      }
      case 'deliver':
        return this.#ask(life, act, orderId, (api) => api.deliver(command));
      case 'rest':
        return this.#ask(life, act, orderId, (api) => api.cancel({ ...command, reason: 'rest', isStaff: true }));
      case 'pay': {
        const due = order?.total?.amount ?? 100;
        const amount = { amount: chance.hits(0.8) ? due : Math.max(1, due - 50), currency: 'EUR' };
        const payment = { ...command, amount, provider: 'manual', reference: key.key };
        return this.#ask(life, act, orderId, (api) => api.pay(payment));
      }
      case 'refund':
        return this.#ask(life, act, orderId, async (api) => {
          const { refund } = await api.refund({ ...command, amount: { amount: 30, currency: 'EUR' } });
          return { part: refund.id, field: 'payments' };
        });
      case 'change':
        return this.#change(life, { tenantId, orderId }, order);
      case 'return':
        return this.#return(life, command, order);
      default:
        return act satisfies never;
    }
  }

  /** Other quantities, or what moves no stock. */
  #change(life: Life, { tenantId, orderId }: Known, order: Doc | undefined): Promise<void> {
    const { chance } = this.#platform.world;
    const lines = (order?.lines ?? []) as { variantId: string }[];
    const wanted = lines.map(({ variantId }) => ({ variantId, quantity: chance.int(1, 3) }));
    const patch = wanted.length > 0 && chance.hits(0.8) ? { lines: wanted } : { note: 'by the door' };
    const prefer = chance.pick(['respond-async', 200, undefined] as const);
    const command = { tenantId, orderId, actor, prefer, patch, expectVersion: () => {} };
    return this.#ask(life, 'change', orderId, async (api) => {
      const { waits } = await api.change(command);
      this.#history.count(waits ? 'change 202' : 'change 200');
      return {};
    });
  }

  /** Asked for, approved and received, as far as it goes; all of it is sold again, or nothing. */
  async #return(life: Life, command: Known & { key: Key }, order: Doc | undefined): Promise<void> {
    const { chance } = this.#platform.world;
    const parcels = (order?.fulfilments ?? []) as { lines: { variantId: string }[] }[];
    const left = parcels.flatMap(({ lines }) => lines);
    const lines = left.length > 0 ? left : ((order?.lines ?? []) as { variantId: string }[]);
    if (lines.length === 0) return;
    const wanted = [{ variantId: chance.pick(lines).variantId, quantity: chance.hits(0.8) ? 1 : 2 }];
    const { tenantId, orderId, key } = command;
    let returnId: string | undefined;
    await this.#ask(life, 'return', orderId, async (api) => {
      const { returned } = await api.requestReturn({ tenantId, orderId, actor, key, lines: wanted });
      returnId = returned.id;
      return { part: returned.id, field: 'returns' };
    });
    if (returnId === undefined) return;
    const step = { tenantId, returnId, actor, key };
    const asked = { ...step, lines: undefined };
    await this.#ask(life, 'approve', orderId, (api) => api.approve(asked));
    const came = wanted.map((line) => ({ ...line, condition: 'new' as const, restock: chance.hits(0.7) }));
    await this.#ask(life, 'receive', orderId, (api) => api.receive({ ...step, lines: came }));
  }

  /** Asks until it is answered or refused; whatever was answered is in the order. */
  #ask(
    life: Life,
    act: string,
    orderId: string,
    work: (api: OrdersApi) => Promise<{ part: string; field: string } | object>,
  ): Promise<void> {
    const send = () => request(this.#platform, life, 'orders', work);
    let told: string | undefined;
    return this.#patience.insist(life, send, (reply: Reply<object>) => {
      if (reply.kind === 'failed' && (reply.error as DomainError).code === 'not_found') this.#history.missing(orderId);
      if (reply.kind !== 'answered') return this.#patience.isRefusal(reply, act);
      const { part, field } = reply.value as { part?: string; field?: string };
      if (part !== undefined) {
        if (told !== undefined && told !== part) this.#history.contradicted(orderId, act, told, part);
        told = part;
        this.#history.partOf(orderId, field!, part);
      }
      this.#history.count(`${act} 200`);
      // Sometimes the same request once more: it is a replay.
      return this.#platform.world.chance.hits(0.8);
    });
  }
}
