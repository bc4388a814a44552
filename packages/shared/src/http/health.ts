// Health of a process. `ready` asks only whether this process can do its own job; what else is down makes it
// `degraded`, never unready: one failure must not take the whole platform out of a load balancer.
import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/index.ts';
import { systemClock, withTimeout } from '../values/index.ts';
import { healthCheckTimeoutMs } from './limits.ts';

/** What a check tells: numbers and short words for an operator; never a message of a driver or an address. */
export type HealthReport = { ok: boolean } & Record<string, unknown>;
export type HealthCheck = {
  /** True: without it this process is not ready. False: without it the process is degraded. */
  required: boolean;
  /** A throw or an answer after 2 s counts as not ok. */
  check(): HealthReport | Promise<HealthReport>;
};
export type HealthOptions = { checks: Readonly<Record<string, HealthCheck>> };
export type HealthStatus = {
  status: 'ok' | 'degraded' | 'unready';
  service: string;
  uptimeSeconds: number;
  checks: Record<string, HealthReport & { required: boolean }>;
};

async function runCheck({ check }: HealthCheck): Promise<HealthReport> {
  const late = () => ({ ok: false, reason: 'no answer in time' });
  try {
    return await withTimeout(systemClock, healthCheckTimeoutMs, (async () => check())(), late);
  } catch {
    return { ok: false, reason: 'failed' };
  }
}

/** Runs all checks at once. */
export async function readHealth(
  service: string,
  { checks }: HealthOptions,
  isDraining: boolean,
): Promise<HealthStatus> {
  const names = Object.keys(checks);
  const reports = await Promise.all(names.map((name) => runCheck(checks[name]!)));
  const rows = names.map((name, i) => [name, { required: checks[name]!.required, ...reports[i]! }] as const);
  const unready = isDraining || rows.some(([, row]) => row.required && !row.ok);
  const degraded = rows.some(([, row]) => !row.ok);
  return {
    status: unready ? 'unready' : degraded ? 'degraded' : 'ok',
    service,
    uptimeSeconds: Math.round(process.uptime()),
    checks: Object.fromEntries(rows),
  };
}

/** /health/live, /health/ready and /health/status. */
export function addHealthRoutes(app: FastifyInstance, service: string, health: HealthOptions): void {
  const required: HealthOptions = {
    checks: Object.fromEntries(Object.entries(health.checks).filter(([, check]) => check.required)),
  };
  app.get('/health/live', async () => ({ status: 'live', service }));
  app.get('/health/ready', async () => {
    const { isDraining, instance } = app.lifecycle;
    const { status, checks } = await readHealth(service, required, isDraining);
    if (status !== 'unready') return { status: 'ready', service, instance };
    const failing = Object.keys(checks).filter((name) => !checks[name]!.ok);
    throw new DomainError('unavailable', { detail: 'This process is not ready.', extra: { service, failing } });
  });
  app.get('/health/status', async () => readHealth(service, health, app.lifecycle.isDraining));
}
