// What clients do with orders that they know of: pay, ship in parcels, deliver, give up the rest, give money back. Mostly
// what fits the state of the order, sometimes what does not.
import type { DomainError } from '@holdfast/shared/errors';
import type { History } from './history.ts';
import { type Reply, request } from './http.ts';
import type { Patience } from './insist.ts';
import type { Doc } from './mongo-filter.ts';
import type { Platform } from './platform.ts';
import type { OrdersApi } from './services.ts';
import type { Life } from './world.ts';

type Known = { tenantId: string; orderId: string };
type Act = 'ship' | 'deliver' | 'rest' | 'pay' | 'refund';

/** What comes next in the life of an order. */
const nextOf: Readonly<Record<string, readonly Act[]>> = {
  AWAITING_PAYMENT: ['pay'],
  CONFIRMED: ['ship', 'ship', 'refund'],
  PARTIALLY_SHIPPED: ['ship', 'ship', 'deliver', 'rest'],
  SHIPPED: ['deliver', 'refund'],
  EXPIRED: ['pay'],
  CANCELLED: ['pay', 'refund'],
};
const all: readonly Act[] = ['ship', 'deliver', 'rest', 'pay', 'refund'];
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
      default:
        return act satisfies never;
    }
  }

  /** Asks until it is answered or refused; whatever was answered is in the order. */
  #ask(
    life: Life,
    act: Act,
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
