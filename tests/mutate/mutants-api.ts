// Mechanisms that hold for every operation: the conventions of HTTP, and what the suites over all operations have to
// notice when it is taken away from the running platform.
import type { Mutant, MutantTest } from './mutant.ts';

const http = 'packages/shared/src/http';
const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file: `${http}/${file}`, name });
const api = (file: string, name: string): MutantTest => ({ project: 'api', file: `tests/api/${file}`, name });

export const apiMutants: readonly Mutant[] = [
  {
    name: 'not-acceptable',
    mechanism: 'what cannot be answered does not take effect',
    file: `${http}/operation-route.ts`,
    source: 'return answersJson(operation) ? [...gates, refuseOtherAnswers] : gates;',
    replacement: 'return gates;',
    test: unit('operation-route.test.ts', 'before anything is done > refuses who does not take JSON'),
  },
  {
    name: 'if-match-without-version',
    mechanism: 'If-Match is not ignored where there is no version',
    file: `${http}/operation-route.ts`,
    source: "if (ignoresVersions(operation)) assertNoVersion(request.headers['if-match']);",
    replacement: '',
    test: unit('operation-route.test.ts', 'before anything is done > refuses to change the version of what has none'),
  },
  {
    name: 'vary-by-caller',
    mechanism: 'an answer with an ETag is not shown to another caller by a cache',
    file: `${http}/operation-route.ts`,
    source: "addVary(reply, 'authorization');",
    replacement: '',
    test: unit('operation-route.test.ts', 'what an answer shows > has the version as ETag'),
  },
  {
    name: 'accept-patch',
    mechanism: 'a refused type of PATCH is told which types there are',
    file: `${http}/problem.ts`,
    source: "headers['accept-patch'] = patchTypes;",
    replacement: '{}',
    test: unit('body.test.ts', 'of another type is refused; to PATCH it is told which types there are'),
  },
  {
    name: 'body-utf8',
    mechanism: 'a body that is not UTF-8 is not read as something else',
    file: `${http}/body.ts`,
    source: 'if (!isUtf8(bytes))',
    replacement: 'if (!isUtf8(Buffer.of()))',
    test: unit('body.test.ts', 'that is not UTF-8 is refused instead of being stored as something else'),
  },
  {
    name: 'permission-check',
    mechanism: 'an operation is for those only who have its permission',
    file: `${http}/operation-route.ts`,
    source: "typeof access === 'string' || access.some((permission) => permissions.has(permission))",
    replacement: 'true || access === permissions',
    test: api('permissions.test.ts', 'createProduct > is for whom the table says, at the gateway'),
  },
  {
    name: 'permission-check-service',
    mechanism: 'a service checks permissions by itself, whatever the gateway has let through',
    file: `${http}/operation-route.ts`,
    source: "if (!mayUse(access, auth.permissions)) throw new DomainError('forbidden');",
    replacement: '',
    test: api('permissions.test.ts', 'createProduct > is for whom the table says, past the gateway'),
  },
  {
    name: 'cursor-tenant',
    mechanism: 'a cursor is good for the tenant alone that it was made for',
    file: `${http}/cursor.ts`,
    source: 'JSON.stringify([tenantId, filterHash])',
    replacement: 'JSON.stringify([filterHash, typeof tenantId])',
    test: api('isolation.test.ts', 'cursors of A > listOrders: are good for A alone'),
  },
  {
    name: 'socket-room-tenant',
    mechanism: 'a room of sockets is named by its tenant',
    file: 'services/realtime/src/sockets/rooms.ts',
    source: 'staffRoom = (tenantId: string) =>',
    replacement: "staffRoom = (_own: string, tenantId = 'any') =>",
    test: api('sockets.test.ts', 'B hears its own, and nothing of A'),
  },
  {
    name: 'token-audience',
    mechanism: 'a token for somebody else is refused by every service',
    file: `${http}/verifier.ts`,
    source: 'audience: tokenFormat.audience,',
    replacement: '',
    test: api('tokens.test.ts', 'orders itself > refuses a token for another audience'),
  },
  {
    name: 'prototype-in-body',
    mechanism: 'no prototype gets past the body parser',
    file: `${http}/body.ts`,
    source: "app.getDefaultJsonParser('error', 'error')",
    replacement: "app.getDefaultJsonParser('remove', 'remove')",
    test: api('hostile.test.ts', 'a prototype in a body is 400 > placeOrder'),
  },
  {
    name: 'not-modified',
    mechanism: 'what a client has already is not sent',
    file: `${http}/operation-route.ts`,
    source: 'namesVersion(known, result.etag))',
    replacement: 'false)',
    test: api('conventions.test.ts', 'what is read and has not changed is 304 > readOrder'),
  },
];
