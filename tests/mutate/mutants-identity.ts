// Mechanisms of identity: who may do what to whom, and how fast it is in force.
import type { Mutant, MutantTest } from './mutant.ts';

const shared = 'packages/shared/src/http';
const auth = 'services/auth/src';
const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file, name });
const integration = (file: string, name: string): MutantTest => ({ project: 'integration', file, name });
const managing = (name: string) => integration(`${auth}/users/managing.int.test.ts`, name);

export const identityMutants: readonly Mutant[] = [
  {
    name: 'access-version',
    mechanism: 'a token of before its user’s rights changed is dead',
    file: `${shared}/revocation-list.ts`,
    source: 'accessVersion < user.version!',
    replacement: 'accessVersion < 0',
    test: unit(
      `${shared}/trust.test.ts`,
      'revocations > of a user concern the tokens of before, but for those of the session that goes on',
    ),
  },
  {
    name: 'role-version',
    mechanism: 'a token of before its role changed is dead',
    file: `${shared}/revocation-list.ts`,
    source: 'return roleVersion > 0 &&',
    replacement: 'return false &&',
    test: unit(
      `${shared}/trust.test.ts`,
      'revocations > of a role concern the tokens of before of that tenant, and no built-in role',
    ),
  },
  {
    name: 'role-revision',
    mechanism: 'a role that takes the name of a deleted one is not taken for it',
    file: `${auth}/roles/role.ts`,
    source: '({ updatedAt }: CustomRole) => updatedAt.getTime()',
    replacement: '({ version }: CustomRole) => version',
    test: integration(
      `${auth}/roles/roles.int.test.ts`,
      'a role of a tenant > made anew under the name of one that was changed and deleted works at once, on every replica',
    ),
  },
  {
    name: 'erasure-of-devices',
    mechanism: 'sessions of an erased user forget its devices',
    file: `${auth}/users/erase-user.ts`,
    source: 'if (user.erasureDueAt) await eraseTraces(user, deps);',
    replacement: '',
    test: integration(
      `${auth}/users/erase-user.int.test.ts`,
      'leaves nothing of a person in auth, and tells the others',
    ),
  },
  {
    name: 'erasure-second-pass',
    mechanism: 'orders that were on their way when a customer was erased are erased too',
    file: 'services/orders/src/orders/erase-customers.job.ts',
    source: 'isSecondPass ? undefined : settledAt',
    replacement: 'undefined',
    test: integration(
      'services/orders/src/orders/erase-customers.int.test.ts',
      'also from orders that were on their way, and then it is done',
    ),
  },
  {
    name: 'erasure-of-own-words',
    mechanism: 'what a person wrote when cancelling is erased',
    file: 'packages/shared/src/persistence/collection/collection.ts',
    source: 'return former.every((item, place) => item === value[place]);',
    replacement: 'return true;',
    test: integration(
      'services/orders/src/orders/erase-customers.int.test.ts',
      'with an event per order, and nothing of others',
    ),
  },
  {
    name: 'closed-tenant',
    mechanism: 'a token of a business that was closed is dead',
    file: `${shared}/revocation-list.ts`,
    source: 'if (tenantVersion < (known.get(tenantId)?.version ?? 0)) return true;',
    replacement: '',
    test: unit(
      `${shared}/trust.test.ts`,
      'revocations > of a business concern all tokens from before it was closed, and no other business',
    ),
  },
  {
    name: 'closed-tenant-sessions',
    mechanism: 'sessions from before a business was closed stay ended when it is reopened',
    file: `${auth}/tenants/tenant.ts`,
    source: '(accessChangedAt === undefined || createdAt >= accessChangedAt) && !isOfBefore',
    replacement: 'true',
    test: integration(
      `${auth}/tenants/close-tenant.int.test.ts`,
      'is opened again by the operator: with new sessions only, and its keys',
    ),
  },
  {
    name: 'session-decided-on',
    mechanism: 'a sign-in that was decided on before a new password leaves no session',
    file: `${auth}/users/user.ts`,
    source: ' && !isOfBefore;',
    replacement: ';',
    test: unit(
      `${auth}/users/user.test.ts`,
      'a session that was decided on before all sessions ended is over, whenever it was stored',
    ),
  },
  {
    name: 'sign-in-overtaken',
    mechanism: 'a sign-in that a new password has overtaken is refused',
    file: `${auth}/sessions/login.ts`,
    source: 'if (!now || !admitsSession(now, decided) || !isOpen)',
    replacement: 'if (!now)',
    test: integration(
      `${auth}/sessions/login.int.test.ts`,
      'a sign-in that is under way while the password changes, or the business closes, leaves no session',
    ),
  },
  {
    name: 'own-address',
    mechanism: 'the own address is changed with the password only',
    file: `${auth}/users/manage-user.ts`,
    source: 'if (id === caller.userId && isOtherAddress(user))',
    replacement: 'if (false)',
    test: managing('what attackers tried > the own address is changed at /v1/me, with the password, and nowhere else'),
  },
  {
    name: 'guesses-by-caller',
    mechanism: 'guesses of the own password count for the caller, whatever the body names',
    file: 'services/gateway/src/access/admit.ts',
    source: 'request.auth ? request.auth.userId : accountOf(request.body)',
    replacement: 'accountOf(request.body)',
    test: unit(
      'services/gateway/src/app.test.ts',
      'rate limits > count guesses of the own password by the caller, whatever address the body names',
    ),
  },
  {
    name: 'dead-session-logout-all',
    mechanism: 'a session that was ended does not end those of after',
    file: `${auth}/sessions/logout.ts`,
    source: ' && user && admitsSession(user, session)',
    replacement: '',
    test: managing(
      'what attackers tried > a refresh token that a new password ended does not end the sessions of after',
    ),
  },
  {
    name: 'passwords-in-turn',
    mechanism: 'threads hash for the businesses in turn',
    file: `${auth}/passwords/password-pool.ts`,
    source: '{ tenant: share, cost: 1 }',
    replacement: "{ tenant: 'all', cost: 1 }",
    test: unit(
      `${auth}/passwords/password-pool.test.ts`,
      'gives the threads to the businesses in turn, and a business its part of the queue',
    ),
  },
  {
    name: 'socket-of-retired-key',
    mechanism: 'a socket ends with the key that signed its token',
    file: `${shared}/revocation-list.ts`,
    source: ' || known.has(keyId)',
    replacement: '',
    test: integration(
      'services/realtime/src/sockets/sockets.int.test.ts',
      'a socket ends > when the key that signed its token is retired, whoever it is of',
    ),
  },
  {
    name: 'key-lead',
    mechanism: 'a signing key is published before it signs',
    file: `${auth}/keys/rotate-keys.ts`,
    source: 'new Date(now.getTime() + leadMs)',
    replacement: 'now',
    test: integration(`${auth}/keys/rotation.int.test.ts`, 'twice under load, without one refused token'),
  },
  {
    name: 'key-overlap',
    mechanism: 'a signing key is verified with until its last token has expired',
    file: `${auth}/keys/signing-key.ts`,
    source: 'signsFrom.getTime() + keyOverlapMs',
    replacement: 'signsFrom.getTime()',
    test: unit(
      `${auth}/keys/signing-key.test.ts`,
      'several keys > are verified with until their last token has expired, after a successor began to sign',
    ),
  },
  {
    name: 'socket-of-changed-user',
    mechanism: 'a socket ends when its user’s rights change',
    file: 'services/realtime/src/sockets/socket-server.ts',
    source: "return 'userId' in change ? userRoom(change.userId) : tenantRoom(change.tenantId);",
    replacement: "return 'userId' in change ? '' : tenantRoom(change.tenantId);",
    test: integration(
      'services/realtime/src/sockets/sockets.int.test.ts',
      'a socket ends > when the rights of its user changed since its token was made; the session that goes on stays',
    ),
  },
  {
    name: 'sessions-from',
    mechanism: 'sessions from before a new password cannot be refreshed',
    file: `${auth}/users/user.ts`,
    source: 'user.sessionsFrom === undefined ||',
    replacement: 'true ||',
    test: unit(
      `${auth}/users/user.test.ts`,
      'sessions of a user > end with a new password, but for the one that has set it',
    ),
  },
  {
    name: 'last-owner',
    mechanism: 'of two OWNERs who go at once one stays',
    file: `${auth}/users/manage-user.ts`,
    source: 'await deps.tenants.lock(before.tenantId, session);',
    replacement: '',
    test: managing('the last OWNER > stays when all of them go at once'),
  },
  {
    name: 'own-rights-bound-what-is-given',
    mechanism: 'nobody gives rights that they do not have',
    file: `${auth}/roles/role.ts`,
    source: "if (!holds(held, permission)) throw new DomainError('forbidden');",
    replacement: 'holds(held, permission);',
    test: unit(`${auth}/users/rights.test.ts`, 'who may manage whom > is bounded by the own rights'),
  },
  {
    name: 'privileged-accounts',
    mechanism: 'accounts of OWNER and ADMIN are an OWNER’s affair',
    file: `${auth}/users/rights.ts`,
    source: "isPrivileged ? 'users:write-privileged' : 'users:write'",
    replacement: "'users:write'",
    test: managing('changing a user > follows the table: an ADMIN touches neither OWNER nor ADMIN, and makes none'),
  },
  {
    name: 'new-address-needs-password',
    mechanism: 'a new address needs the current password',
    file: `${auth}/users/own-profile.ts`,
    source: "if (!isRight) throw new DomainError('wrong_password');",
    replacement: '',
    test: managing('the own profile > takes a name at once, and an address with the password only'),
  },
  {
    name: 'refresh-reuse',
    mechanism: 'a refresh token that comes again later ends its session',
    file: `${auth}/sessions/refresh-session.ts`,
    source: "await endSession({ tenantId, sessionId, reason: 'refresh_token_reused' }, deps);",
    replacement: '',
    test: integration(
      `${auth}/sessions/refresh.int.test.ts`,
      'refreshing > with a token that was used before ends the session: the new pair is dead too',
    ),
  },
  {
    name: 'refresh-one-successor',
    mechanism: 'a refresh token has one successor, however often it is shown',
    file: `${auth}/sessions/refresh-token.ts`,
    source: "createHmac('sha256', key).update(hash)",
    replacement: "createHmac('sha256', key).update(hash + Math.random())",
    test: integration(`${auth}/sessions/refresh.int.test.ts`, 'refreshing > 20 times at once, as of many tabs'),
  },
  {
    name: 'permissions-in-tokens',
    mechanism: 'a built-in role has the permissions of the table, whatever its token claims',
    file: `${shared}/verifier.ts`,
    source: 'if (isBuiltInRole(role)) return',
    replacement: 'if (perms === undefined) return',
    test: unit(`${shared}/verifier.test.ts`, 'a verifier > gives permissions by role, whatever the token claims'),
  },
];
