// What a demo business consists of.
import type { catalogApi, Role, SentBodyOf } from '@holdfast/shared/contracts';

export type Person = { name: string; email: string; role: Role };
export type Product = SentBodyOf<typeof catalogApi.createProduct>;

export type PlannedOrder = {
  /** Names the order among those of its business, for good: its Idempotency-Key comes from it. */
  ref: string;
  /** E-mail of who places it: a customer, or staff on behalf of the first customer. */
  by: string;
  lines: { sku: string; quantity: number }[];
  note?: string;
  /** What becomes of it, instead of CONFIRMED. `refused`: it asks for more than there is. */
  outcome?: 'cancelled' | 'refused';
};
export type PlannedAdjustment = { sku: string; delta: number; reason: 'received' | 'damaged' | 'found'; note: string };

export type Plan = {
  name: string;
  slug: string;
  currency: string;
  timeZone: string;
  /** For everybody of this business: these accounts are for trying things out. */
  password: string;
  owner: Person;
  staff: Person[];
  customers: Person[];
  products: Product[];
  adjustments: PlannedAdjustment[];
  orders: PlannedOrder[];
  /** What the printed curl example buys. */
  exampleSku: string;
};
