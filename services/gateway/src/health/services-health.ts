// How the services are, as the gateway's /health/status tells it: each address of each service,
// asked at most once a second.
import type { HealthCheck, HealthReport } from '@holdfast/shared/http';
import { servicesHealthTimeoutMs, servicesHealthTtlMs } from '../limits.ts';
import type { ReplicaState } from '../routing/replica.ts';

async function statusOf(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/health/status`, {
      signal: AbortSignal.timeout(servicesHealthTimeoutMs),
      redirect: 'error',
    });
    const { status } = (await answer.json()) as { status?: unknown };
    return status === 'ok' || status === 'degraded' || status === 'unready' ? status : 'unknown';
  } catch {
    return 'away';
  }
}

/**
 * A check of one service: ok when every address answers `ok` and its circuit breaker is closed. Tells states only,
 * neither addresses nor errors.
 */
export function serviceCheck(urls: readonly string[], breakers: () => readonly ReplicaState[]): HealthCheck {
  let known: { untilMs: number; report: Promise<HealthReport> } | undefined;
  async function ask(): Promise<HealthReport> {
    const replicas = await Promise.all(urls.map(statusOf));
    const states = breakers();
    const ok = replicas.every((status) => status === 'ok') && states.every((state) => state === 'closed');
    return { ok, replicas, breakers: states };
  }
  return {
    required: false,
    check() {
      if (!known || known.untilMs <= performance.now()) {
        known = { untilMs: performance.now() + servicesHealthTtlMs, report: ask() };
      }
      return known.report;
    },
  };
}
