// Which slots a request needs, and whose share it is. Requests that may wait for a decision have slots of their own, so
// that they never take those of requests that are answered at once.
import type { IncomingHttpHeaders } from 'node:http';
import type { ServiceName } from '@holdfast/shared/contracts';
import { partitionOf } from '@holdfast/shared/values';
import type { FastifyRequest } from 'fastify';
import type { DescriptorPlan } from '../connections/descriptor-plan.ts';
import {
  idleSlotMs,
  inFlightPerReplicaMax,
  listCost,
  slotTenantShareMax,
  slotWaitingMax,
  slotWaitingTenantShareMax,
  slotWaitMs,
  waitingShareMax,
} from '../limits.ts';
import { networkOf } from '../rate-limits/subjects.ts';
import { addressOf } from '../routing/request-hygiene.ts';
import { isList, routeOf } from '../routing/routes.ts';
import { mayWait, waitingTenantMaxOf } from '../routing/waiting.ts';
import { createSlots, type Slots } from './slots.ts';

/** Of one service. */
export type Lanes = {
  atOnce: Slots;
  /** For requests that orders may hold until there is a decision. */
  waiting: Slots;
};

const queueLimits = {
  waitingMax: slotWaitingMax,
  waitingTenantMax: Math.floor(slotWaitingMax * slotWaitingTenantShareMax),
  waitMs: slotWaitMs,
};

export type LaneOptions = { replicas: number; plan: DescriptorPlan /** For tests. */; idleMs?: number };

/** The slots of a service, as far as there are connections for them. */
export function createLanes(service: ServiceName, { replicas, plan, idleMs = idleSlotMs }: LaneOptions): Lanes {
  const isOrders = service === 'orders';
  const connections = isOrders ? plan.ordersConnectionsMax : plan.serviceConnectionsMax;
  const free = isOrders ? Math.floor(connections * (1 - waitingShareMax)) : connections;
  const limitsOf = (max: number) => {
    return { max, tenantMax: Math.max(1, Math.floor(max * slotTenantShareMax)), ...queueLimits };
  };
  return {
    atOnce: createSlots(limitsOf(Math.max(1, Math.min(replicas * inFlightPerReplicaMax, free)))),
    waiting: createSlots({ ...limitsOf(waitingTenantMaxOf(connections)), idleMs }),
  };
}

/** The lane of a request with these headers. */
export function laneOf(request: FastifyRequest, headers: IncomingHttpHeaders): keyof Lanes {
  return mayWait(request, headers) ? 'waiting' : 'atOnce';
}

/**
 * Whose share a request draws on: the tenant's; without a token one of sixteen, by the network of the address, so that
 * a thousand addresses are not a thousand tenants.
 */
export function shareOf(request: FastifyRequest): string {
  return request.auth?.tenantId ?? `anonymous:${partitionOf(networkOf(addressOf(request)))}`;
}

/** What a request costs its tenant's turns: a page of a list is several times the work of anything else. */
export function costOf(request: FastifyRequest): number {
  return isList(routeOf(request)) ? listCost : 1;
}
