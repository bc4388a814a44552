// The users of a tenant: all, those that match a filter, those of given ids, or those whose address or name begins with
// a text. Invariant: a search returns addresses first, then names, each in its order, and nobody twice.
import { DomainError } from '@holdfast/shared/errors';
import type { PageRange } from '@holdfast/shared/persistence';
import { normaliseEmail } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { idsMax } from '../limits.ts';
import { type UserFilter, users } from './user.store.ts';
import { searchKeyOf, type User } from './user.ts';

export type ListUsers = UserFilter & {
  tenantId: string;
  q?: string | undefined;
  /** Separated by commas; then nothing else narrows. */
  ids?: string | undefined;
  page: PageRange;
};
/** A user with its place in the list. */
export type ListedUser = { user: User; place: { sort: string | number | null; id: string } };

/** A page of users, newest first, or of a search. */
export async function listUsers(asked: ListUsers, deps: Pick<Deps, 'users'>): Promise<ListedUser[]> {
  const { tenantId, role, status, q, ids, page } = asked;
  if (ids !== undefined) return readByIds(tenantId, ids, page, deps);
  if (q !== undefined) return search({ filter: { tenantId, role, status }, q, page }, deps);
  const found = await deps.users.list(tenantId, { role, status }, page);
  return found.map((user) => ({ user, place: users.placeOf(user as never) }));
}

async function search(
  { filter, q, page }: { filter: UserFilter & { tenantId: string }; q: string; page: PageRange },
  deps: Pick<Deps, 'users'>,
): Promise<ListedUser[]> {
  const { limit } = page;
  const after = placeOf(page.after);
  const byEmail =
    after?.by === 'name' ? [] : await deps.users.findByEmailPrefix(filter, normaliseEmail(q), { after, limit });
  const found: ListedUser[] = byEmail.map((user) => ({ user, place: { sort: `email ${user.email}`, id: user.id } }));
  if (found.length === limit) return found;
  const rest = { after: after?.by === 'name' ? after : undefined, limit: limit - found.length };
  for (const user of await deps.users.findByNamePrefix(filter, searchKeyOf(q), rest)) {
    found.push({ user, place: { sort: `name ${user.nameKey}`, id: user.id } });
  }
  return found;
}

/** Those of these ids, in the order of the ids. */
async function readByIds(
  tenantId: string,
  ids: string,
  { after, limit }: PageRange,
  deps: Pick<Deps, 'users'>,
): Promise<ListedUser[]> {
  const asked = [...new Set(ids.split(','))].sort().filter((id) => after === undefined || id > after.id);
  if (asked.length > idsMax) throw tooManyIds();
  const found = await deps.users.readMany(tenantId, asked);
  return found
    .filter(({ status }) => status !== 'deleted')
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit)
    .map((user) => ({ user, place: { sort: null, id: user.id } }));
}

function tooManyIds(): DomainError {
  const message = `are more than ${idsMax}`;
  return new DomainError('validation_failed', { errors: [{ pointer: '/ids', code: 'too_many', message }] });
}

/** A place in a search: in the addresses or in the names, and where there. */
function placeOf(after: PageRange['after']): { by: 'email' | 'name'; key: string; id: string } | undefined {
  if (after === undefined) return undefined;
  const [by, ...rest] = String(after.sort).split(' ');
  return { by: by === 'name' ? 'name' : 'email', key: rest.join(' '), id: after.id };
}
