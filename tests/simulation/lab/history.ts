// What clients were told (I2, I3). Invariant: whatever was answered is so at that moment,
// and every later answer agrees with it.

import type { Adjustment } from '../../../services/inventory/src/adjustments/adjustment.ts';
import type { Platform } from './platform.ts';
import type { Order } from './services.ts';

interface Told {
  orderId: string;
  decision: string | undefined;
}

export class History {
  readonly #platform: Platform;
  readonly #keys = new Map<string, Told>();
  /** By adjustment: how it was answered once it was applied. */
  readonly #adjusted = new Map<string, string | undefined>();
  /** Adjustments that clients know of. */
  readonly adjustments: { tenantId: string; id: string }[] = [];
  /** Orders that clients know of. */
  readonly orders: { tenantId: string; orderId: string }[] = [];
  readonly answers = new Map<string, number>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }

  /** A placing was answered 201, 202 or 409 with an order. */
  placed(key: string, order: Order): void {
    this.count(`place ${order.status}`);
    const told = this.#keys.get(key);
    const decision = order.status === 'PENDING' ? undefined : order.status;
    if (told && told.orderId !== order.id) this.#violate(`I3 ${key}: orders ${told.orderId} and ${order.id}`);
    if (told?.decision && decision && told.decision !== decision) {
      this.#violate(`I3 ${key}: ${told.decision} was answered, then ${decision}`);
    }
    this.#keys.set(key, { orderId: order.id, decision: decision ?? told?.decision });
    if (!told) this.orders.push({ tenantId: order.tenantId, orderId: order.id });
    const stored = this.#platform.stores.orders.read('orders', order.id);
    if (!stored) this.#violate(`I2 ${key}: order ${order.id} was answered and is not there`);
    else if (decision && stored.decision?.status !== decision) {
      this.#violate(`I2 ${key}: ${decision} was answered of an order decided as ${stored.decision?.status}`);
    }
  }

  cancelled(orderId: string): void {
    this.count('cancel 200');
    const stored = this.#platform.stores.orders.read('orders', orderId);
    if (stored?.status !== 'CANCELLED')
      this.#violate(`I2 order ${orderId}: a cancellation was answered, it is ${stored?.status}`);
  }

  /** A parcel, a payment or a return of an order was answered. */
  partOf(orderId: string, field: string, id: string): void {
    const stored = this.#platform.stores.orders.read('orders', orderId);
    const parts = (stored?.[field] ?? []) as { id: string }[];
    if (!parts.some((one) => one.id === id)) this.#violate(`I2 order ${orderId}: ${id} was answered and is not in it`);
  }

  /** One key was answered with two things. */
  contradicted(orderId: string, what: string, first: string, second: string): void {
    this.#violate(`I3 order ${orderId}: ${what} was answered with ${first}, then with ${second}`);
  }

  /** A new adjustment was answered: once it is applied, it is always answered as it was then. */
  adjusted({ id, tenantId, status, version, onHandAfter }: Adjustment): void {
    this.count(status === 'APPLIED' ? 'adjust 201' : `adjust ${status}`);
    const answer = status === 'APPLIED' ? `${onHandAfter} in version ${version}` : undefined;
    const earlier = this.#adjusted.get(id);
    if (earlier !== undefined && earlier !== answer) {
      this.#violate(`I3 adjustment ${id}: ${earlier} was answered, then ${answer ?? status}`);
    }
    if (!this.#adjusted.has(id)) this.adjustments.push({ tenantId, id });
    this.#adjusted.set(id, answer);
    if (!this.#platform.stores.inventory.read('adjustments', id)) {
      this.#violate(`I2 adjustment ${id} was answered and is not there`);
    }
  }

  /** A step of a transfer was answered: it has been taken, whatever followed. */
  transferred(id: string, to: string): void {
    this.count(`transfer ${to}`);
    const stored = this.#platform.stores.inventory.read('transfers', id);
    const isTaken = to === 'DRAFT' || stored?.steps.some((step: { to: string }) => step.to === to);
    if (!stored || !isTaken) this.#violate(`I2 transfer ${id}: ${to} was answered, it is ${stored?.status}`);
  }

  /** An order that a client was told of is not found. */
  missing(orderId: string): void {
    this.#violate(`I2 order ${orderId} was answered and is not found`);
  }

  /** All that was ever answered is still so. */
  atRest(): void {
    const { orders, inventory } = this.#platform.stores;
    for (const [key, { orderId, decision }] of this.#keys) {
      const stored = orders.read('orders', orderId);
      if (!stored) this.#violate(`I2 ${key}: order ${orderId} is gone`);
      else if (decision && stored.decision?.status !== decision)
        this.#violate(`I2 ${key}: ${decision} is no longer so`);
    }
    for (const [id, answer] of this.#adjusted) {
      const stored = inventory.read('adjustments', id);
      if (!stored) this.#violate(`I2 adjustment ${id} is gone`);
      else if (answer === undefined) this.count(`withdrawal ${stored.status}`);
    }
  }

  #violate(text: string): void {
    this.#platform.world.violate(text);
  }
}
