// Takes a request from its budgets and tells the client what is left (RateLimit-Policy, RateLimit, Retry-After).
import { apiKeyRole, type RatePlan } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Auth } from '@holdfast/shared/http';
import { rateKey, tenantKey } from '@holdfast/shared/redis';
import type { FastifyReply } from 'fastify';
import { networkOf } from './subjects.ts';
import type { Budget, Counted, WindowStore } from './window-store.ts';

export type Limits = { quota: number; windowSeconds: number };
export type BudgetLimits = {
  anonymous: Limits;
  auth: Limits;
  user: Limits;
  /** Of a tenant with the plan `standard`, and with `plus`; `unlimited` has no such budget. */
  tenant: Limits;
  tenantPlus: Limits;
  sockets: Limits;
  /** Of other systems that notify one business from one address, and any businesses. */
  callbacks: Limits;
  callbacksAll: Limits;
};

export type RateLimiter = {
  /** Each throws `rate_limited` with Retry-After once a budget is used up. */
  takeAnonymous(address: string, reply: FastifyReply): Promise<void>;
  /** Gives back what the last call took, and says nothing of it in the answer: the caller is known after all. */
  giveAnonymous(address: string, reply: FastifyReply): Promise<void>;
  takeAccount(address: string, account: string, reply: FastifyReply): Promise<void>;
  takeCaller(auth: Auth, reply: FastifyReply): Promise<void>;
  takeCallback(address: string, tenant: string, reply: FastifyReply): Promise<void>;
  takeHandshake(address: string, reply: FastifyReply): Promise<void>;
};

const rateHeaders = ['ratelimit-policy', 'ratelimit'] as const;

type Charge = { budget: Budget; key: string };

const policyOf = ({ name, quota, windowSeconds }: Budget) => `"${name}";q=${quota};w=${windowSeconds}`;
const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1_000));

function append(reply: FastifyReply, name: string, value: string): void {
  const before = reply.getHeader(name);
  reply.header(name, before ? `${before}, ${value}` : value);
}

function settle({ budget }: Charge, { count, leftMs }: Counted, reply: FastifyReply): number {
  append(reply, rateHeaders[0], policyOf(budget));
  append(reply, rateHeaders[1], `"${budget.name}";r=${Math.max(0, budget.quota - count)};t=${seconds(leftMs)}`);
  return count > budget.quota ? leftMs : 0;
}

/** A limiter over this store; `undefined` store means that limits are off. */
export function createRateLimiter(store: WindowStore | undefined, limits: BudgetLimits): RateLimiter {
  const budgets = Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [name, { name, ...limit }]),
  ) as Record<keyof BudgetLimits, Budget>;
  // One budget with a size of its own: a tenant that changes its plan goes on in the same window.
  const byPlan: Record<RatePlan, Budget | undefined> = {
    standard: budgets.tenant,
    plus: { ...budgets.tenantPlus, name: budgets.tenant.name },
    unlimited: undefined,
  };

  async function take(charges: Charge[], reply: FastifyReply): Promise<void> {
    if (!store) return;
    const counted = await Promise.all(charges.map(({ key, budget }) => store.count(key, budget)));
    const waitMs = Math.max(0, ...charges.map((charge, i) => settle(charge, counted[i]!, reply)));
    if (waitMs > 0) throw new DomainError('rate_limited', { retryAfterSeconds: seconds(waitMs) });
  }

  return {
    takeAnonymous: (address, reply) =>
      take([{ budget: budgets.anonymous, key: rateKey('anonymous', networkOf(address)) }], reply),
    takeAccount: (address, account, reply) =>
      take([{ budget: budgets.auth, key: rateKey('auth', `${networkOf(address)}:${account}`) }], reply),
    takeHandshake: (address, reply) =>
      take([{ budget: budgets.sockets, key: rateKey('sockets', networkOf(address)) }], reply),
    takeCallback(address, tenant, reply) {
      const network = networkOf(address);
      return take(
        [
          { budget: budgets.callbacks, key: rateKey('callbacks', `${network}:${tenant}`) },
          // The name of a business is anybody's to make up.
          { budget: budgets.callbacksAll, key: rateKey('callbacks-all', network) },
        ],
        reply,
      );
    },
    async giveAnonymous(address, reply) {
      if (!store) return;
      for (const name of rateHeaders) reply.removeHeader(name);
      await store.giveBack(rateKey('anonymous', networkOf(address)), budgets.anonymous);
    },
    takeCaller({ tenantId, userId, role, plan }, reply) {
      const ofTenant = byPlan[plan];
      return take(
        [
          // A machine works for the whole business.
          ...(role === apiKeyRole ? [] : [{ budget: budgets.user, key: tenantKey(tenantId, 'rate', 'user', userId) }]),
          ...(ofTenant ? [{ budget: ofTenant, key: tenantKey(tenantId, 'rate', 'all') }] : []),
        ],
        reply,
      );
    },
  };
}
