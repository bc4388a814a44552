// What a newcomer needs to try the demo: who can sign in, and an order to copy.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Plan } from './plan.ts';

export type SignIn = { tenant: string; email: string; password: string; role: string };
export type Demo = { signIns: SignIn[]; curl: string };

/** Everybody of these businesses. */
export function signInsOf(plans: readonly Plan[]): SignIn[] {
  return plans.flatMap(({ slug, password, owner, staff, customers }) =>
    [owner, ...staff, ...customers].map(({ email, role }) => ({ tenant: slug, email, password, role })),
  );
}

/** Two commands for a shell: sign in as a customer, order one of this variant. */
export function orderExample(gatewayUrl: string, plan: Plan, variantId: string): string {
  const json = "-H 'content-type: application/json'";
  const signIn = JSON.stringify({ tenant: plan.slug, email: plan.customers[0]!.email, password: plan.password });
  const order = JSON.stringify({ lines: [{ variantId, quantity: 1 }] });
  return [
    `TOKEN=$(curl -s ${gatewayUrl}/v1/auth/login ${json} -d '${signIn}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `curl -s ${gatewayUrl}/v1/orders -H "authorization: Bearer $TOKEN" -H "idempotency-key: try-$(date +%s)-$$" ${json} -d '${order}'`,
  ].join('\n');
}

/** Writes the file as a whole, so that nobody reads half of it. */
export function writeDemo(file: string, demo: Demo): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(demo, null, 2)}\n`);
  renameSync(unfinished, file);
}
