// The invariants, checked as each write gets its majority,
// and all together when faults have ended and everything has come to rest.
import { compareIds, positionAfter } from '@holdfast/shared/messaging';
import type { StoredEvent } from '@holdfast/shared/persistence';
import type { RelayRecord } from '../../../packages/shared/src/messaging/relay/ports.ts';
import { targetOf } from '../../../packages/shared/src/messaging/resync/resync.ts';
import { withdrawalMs } from '../../../services/inventory/src/limits.ts';
import type { Doc } from './mongo-filter.ts';
import type { OplogEntry, Written } from './mongo-store.ts';
import { aggregateOf } from './observer.ts';
import { flawOf, idsOf, outstandingOf, quantities } from './order-check.ts';
import { domainsOf, type Platform, readersOf } from './platform.ts';
import { StockCheck } from './stock-check.ts';
import { StreamCheck } from './stream-check.ts';

/** Besides itself: payments, parcels that arrive and the like leave an order in its state. */
const followers: Record<string, readonly string[]> = {
  PENDING: ['AWAITING_PAYMENT', 'CONFIRMED', 'REJECTED', 'EXPIRED', 'CANCELLED'],
  AWAITING_PAYMENT: ['CONFIRMED', 'EXPIRED', 'CANCELLED'],
  CONFIRMED: ['PARTIALLY_SHIPPED', 'SHIPPED', 'CANCELLED'],
  PARTIALLY_SHIPPED: ['SHIPPED', 'DELIVERED'],
  SHIPPED: ['DELIVERED'],
  DELIVERED: [],
  REJECTED: [],
  EXPIRED: ['PENDING'],
  CANCELLED: [],
};

/** The state of the reservation behind an order that is decided. */
const reserved: Record<string, string> = {
  AWAITING_PAYMENT: 'held',
  CONFIRMED: 'held',
  PARTIALLY_SHIPPED: 'held',
  SHIPPED: 'consumed',
  DELIVERED: 'consumed',
  REJECTED: 'rejected',
  EXPIRED: 'released',
  CANCELLED: 'released',
};

export class Checker {
  readonly streams: StreamCheck;
  readonly #platform: Platform;
  readonly #stock: StockCheck;
  /** Who last raised the epoch of a cursor: the only one to move it. */
  readonly #owners = new Map<string, string>();
  #hasJumped = false;
  /** Events published, by aggregate. */
  readonly #published = new Map<string, number>();

  constructor(platform: Platform) {
    this.#platform = platform;
    const { world, redis, stores, partitions } = platform;
    this.streams = new StreamCheck(world, redis);
    this.#stock = new StockCheck(world);
    redis.onChange = (domain, partition) => {
      if (partitions.includes(partition)) this.streams.verify(domain, partition);
    };
    for (const [name, store] of Object.entries(stores)) {
      store.onMajority = (changes, entries) => this.#learn(name, changes, entries);
    }
  }

  #violate(text: string): void {
    this.#platform.world.violate(text);
  }

  #learn(service: string, changes: readonly Written[], entries: readonly OplogEntry[]): void {
    this.streams.learn(service, entries);
    for (const { events } of entries) if (service !== 'catalog') for (const event of events) this.#count(event);
    if (service === 'inventory') this.#stock.learn(changes);
    for (const { collection, before, after, by } of changes) {
      if (collection === 'cursors') this.#cursor(before, after, by);
      if (collection === 'orders') this.#order(before, after);
      if (collection === 'counts') this.#counted(after);
      if (collection === 'dead_letters') this.#letter(after);
    }
  }

  #count({ body }: StoredEvent): void {
    const key = aggregateOf(JSON.parse(body));
    this.#published.set(key, (this.#published.get(key) ?? 0) + 1);
  }

  #cursor(before: Doc | undefined, after: Doc, by: string): void {
    if (after.epoch > (before?.epoch ?? 0)) this.#owners.set(after._id, by);
    if (!before || before.lastId === after.lastId) return;
    if (compareIds(after.lastId, before.lastId) < 0) this.#violate(`cursor ${after._id} went back to ${after.lastId}`);
    if (this.#owners.get(after._id) !== by) {
      this.#violate(`cursor ${after._id} was moved by ${by}, after ${this.#owners.get(after._id)} had taken it over`);
    }
  }

  #order(before: Doc | undefined, after: Doc): void {
    if (!before) return;
    // One for each change: an order may be confirmed and cancelled by one batch, and a change publish several events.
    const versions = new Set(after.events.map(({ body }: StoredEvent) => JSON.parse(body).aggregateversion));
    if (after.version !== before.version + versions.size)
      this.#violate(`order ${after._id}: version ${before.version} -> ${after.version}`);
    if (after.status !== before.status && !followers[before.status]!.includes(after.status)) {
      this.#violate(`order ${after._id}: ${before.status} -> ${after.status}`);
    }
    const frozen = before.decision;
    if (frozen && (after.decision?.status !== frozen.status || after.decision.version !== frozen.version)) {
      this.#violate(`order ${after._id}: its decision changed`);
    }
    if (after.request < before.request) this.#violate(`order ${after._id}: its request fell`);
    const flaw = flawOf(before, after);
    if (flaw !== undefined) this.#violate(`order ${after._id}: ${flaw}`);
  }

  /**
   * The observer counts every event once, in the order of versions (I5, I6).
   * An outcome re-emitted has an equal version.
   */
  #counted({ _id, version, events, gaps, changes }: Doc): void {
    const isLossy = this.#platform.isHistoryLost;
    if (gaps > 0 && !isLossy) this.#violate(`I5 ${_id}: a version is missing before ${version}`);
    if (events > (this.#published.get(_id) ?? 0))
      this.#violate(`I6 ${_id}: ${events} events were counted, more than there are`);
    if (!_id.startsWith('reservation') && (isLossy ? changes > version : changes !== version)) {
      this.#violate(`I6 ${_id}: ${changes} changes were counted up to version ${version}`);
    }
  }

  #letter({ domain, partition, entryId, error }: Doc): void {
    if (this.streams.forged.has(`${domain} ${partition} ${entryId}`)) return;
    this.#violate(`event ${entryId} of ${domain} ${partition} was given up: ${error}`);
  }

  /** What is still under way; undefined when everything has come to rest. */
  unrest(): string | undefined {
    const { stores, redis, partitions } = this.#platform;
    const pending = stores.orders.all('orders').find((order) => order.pending !== null);
    if (pending) return `order ${pending._id} waits for inventory`;
    for (const domain of Object.keys(readersOf)) {
      for (const partition of partitions) {
        const last = this.streams.lastId(domain, partition);
        const position = redis.streams(domain).positionsHeld.get(partition);
        if (last && (!position || positionAfter(last) > position.at))
          return `stream ${domain} ${partition} ends before ${last}`;
      }
    }
    for (const domain of Object.keys(readersOf)) {
      const record = stores[domain as keyof typeof readersOf].read('relay_positions', `${domain}:g1`);
      if (record && targetOf(record as unknown as RelayRecord) !== '') return `${domain} has not re-emitted everything`;
    }
    for (const [service, domains] of Object.entries(domainsOf)) {
      const store = stores[service as keyof typeof stores];
      for (const domain of domains) {
        for (const partition of partitions) {
          const last = this.streams.lastId(domain, partition);
          const cursor = store.read('cursors', `${service}:g1:${domain}:${partition}`);
          if (last && compareIds(cursor?.lastId ?? '0-0', last) < 0) {
            return `${service} is at ${cursor?.lastId} of ${domain} ${partition}, not at ${last}`;
          }
        }
      }
    }
    return this.#waiting();
  }

  /** Orders have done what they could: what still waits is refused when its time is over. */
  #waiting(): string | undefined {
    const waiting = this.#platform.stores.inventory.all('adjustments').find(({ status }) => status === 'WAITING');
    if (waiting === undefined) return undefined;
    if (!this.#hasJumped) this.#platform.world.jump(withdrawalMs);
    this.#hasJumped = true;
    return `adjustment ${waiting._id} is WAITING`;
  }

  /** At rest: each order has its reservation and the other way round (I4), and everything was counted (I5). */
  atRest(): void {
    const { stores } = this.#platform;
    const orders = new Map(stores.orders.all('orders').map((order) => [order._id, order]));
    const demands = new Map(stores.orders.all('demands').map((demand) => [demand._id, demand]));
    const reservations = new Map(stores.inventory.all('reservations').map((one) => [one._id, one]));
    for (const [id, order] of orders) this.#answered(order, reservations.get(id));
    for (const [id, demand] of demands) this.#demanded(demand, reservations.get(id));
    for (const id of reservations.keys()) {
      if (!orders.has(id) && !demands.has(id)) this.#violate(`I4: reservation ${id} has no order`);
    }
    for (const [key, events] of this.#published) {
      const counted = stores.observer.read('counts', key)?.events ?? 0;
      if (counted !== events && !this.#platform.isHistoryLost)
        this.#violate(`I5 ${key}: ${counted} of ${events} events were counted`);
    }
  }

  #answered(order: Doc, reservation: Doc | undefined): void {
    const wanted = reserved[order.status as string];
    if (reservation?.state !== wanted) {
      this.#violate(`I4: order ${order._id} is ${order.status}, its reservation ${reservation?.state}`);
      return;
    }
    const { parcels = [], restocks = [], allocations } = reservation as Doc;
    if (wanted === 'held' && quantities(outstandingOf(order)) !== quantities(allocations)) {
      this.#violate(`I4: order ${order._id} and its reservation differ`);
    }
    const received = (order.returns ?? []).filter(({ receipt }: Doc) =>
      receipt?.lines.some(({ restock }: { restock: boolean }) => restock),
    );
    if (idsOf(received) !== idsOf(restocks)) {
      this.#violate(`I4: order ${order._id} got ${idsOf(received)} back, of it came ${idsOf(restocks)}`);
    }
    if (idsOf(order.fulfilments) !== idsOf(parcels)) {
      this.#violate(`I4: order ${order._id} has shipped ${idsOf(order.fulfilments)}, of it left ${idsOf(parcels)}`);
    }
  }

  #demanded(demand: Doc, reservation: Doc | undefined): void {
    if (reservation?.request !== demand.request) {
      this.#violate(`demand ${demand._id}: request ${reservation?.request} of ${demand.request} was decided`);
      return;
    }
    const wanted = demand.lines.length === 0 ? 'released' : 'held';
    if (reservation!.outcome === 'rejected' ? wanted !== 'held' : reservation!.state !== wanted) {
      this.#violate(`demand ${demand._id}: ${reservation!.state}`);
    }
    if (reservation!.outcome === 'held' && quantities(demand.lines) !== quantities(reservation!.allocations)) {
      this.#violate(`demand ${demand._id} and its reservation differ`);
    }
  }
}
