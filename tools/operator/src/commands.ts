// What an operator may tell the services, and how it is written on the command line.
import { parseArgs } from 'node:util';

/** One request to auth, or a reconciliation of all businesses. */
export type Command = { path: `/internal/${string}`; body: object } | 'reconcile';

export const usage = `usage: npm run operator -- <command>

  rotate-signing-key                 a new key signs access tokens in five minutes; nobody is signed out
  rotate-signing-key --compromised   a new key signs now, and all tokens of the former ones are refused
  reopen-tenant <slug>               opens a business that its owner closed
  set-rate-plan <slug> <plan>        standard, plus or unlimited
  reconcile                          proves the stock of every business; exits with 1 where it finds drift

It goes to the platform that runs from this folder, or to AUTH_URL (reconcile: INVENTORY_URL)
with INTERNAL_TOKEN.`;

/** The command of these arguments. Throws the usage for any other. */
export function readCommand(args: readonly string[]): Command {
  const options = { compromised: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [name, slug, ratePlan, ...rest] = positionals;
  const { compromised = false } = values;
  if (name === 'reconcile' && !slug && !compromised) return 'reconcile';
  if (name === 'rotate-signing-key' && !slug) return { path: '/internal/signing-keys', body: { compromised } };
  if (!compromised && rest.length === 0 && slug) {
    if (name === 'reopen-tenant' && !ratePlan) return { path: '/internal/tenants/reopen', body: { slug } };
    if (name === 'set-rate-plan' && ratePlan) return { path: '/internal/tenants/rate-plan', body: { slug, ratePlan } };
  }
  throw new Error(usage);
}
