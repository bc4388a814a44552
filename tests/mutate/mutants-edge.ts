// Mechanisms of the edge: what keeps one client from taking what belongs to all.
import type { Mutant, MutantTest } from './mutant.ts';

const http = 'packages/shared/src/http';
const gateway = 'services/gateway/src';
const realtime = 'services/realtime/src/sockets';
const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file, name });
const halfSubscribed: MutantTest = {
  project: 'integration',
  file: `${realtime}/sockets.int.test.ts`,
  name: 'a subscription that cannot be read is refused as a whole, and is accepted in full once it can',
};

export const edgeMutants: readonly Mutant[] = [
  {
    name: 'one-at-a-time',
    mechanism: 'a connection has one request in progress',
    file: `${http}/http-server.ts`,
    source: 'const inTurn = oneAtATime(handler);',
    replacement: 'const inTurn = handler;',
    test: unit(
      `${http}/http-server.test.ts`,
      'pipelined requests > are processed one after the other, each when the answer before has left',
    ),
  },
  {
    name: 'pipelined-bound',
    mechanism: 'more pipelined requests than a few end the connection',
    file: `${http}/one-at-a-time.ts`,
    source: '> pipelinedCountMax) {',
    replacement: '> Number.POSITIVE_INFINITY) {',
    test: unit(
      `${http}/http-server.test.ts`,
      'pipelined requests > end the connection when there are too many of them at once, and the rest is not even parsed',
    ),
  },
  {
    name: 'upgrade-behind-answer',
    mechanism: 'a connection is not taken over while an answer is due on it',
    file: `${http}/http-server.ts`,
    source: ' && exchangeOf(socket) === undefined;',
    replacement: ';',
    test: unit(
      `${http}/http-server.test.ts`,
      'pipelined requests > that ask for an upgrade are requests like any other while an answer is due',
    ),
  },
  {
    name: 'problem-without-log',
    mechanism: 'a log that cannot be written never changes an answer',
    file: `${http}/problem.ts`,
    source: 'logHidden(error, known, request);',
    replacement: "request.log.error({ err: error }, 'fault');",
    test: unit(`${http}/last-resort.test.ts`, 'with a full disk > a bug is answered `internal`'),
  },
  {
    name: 'anonymous-gives-way',
    mechanism: 'a new connection takes the place of one that has shown no token',
    file: `${gateway}/connections/connections.ts`,
    source: 'cut(first(anonymous) ?? first(known)!)',
    replacement: 'cut(first(known) ?? first(anonymous)!)',
    test: unit(
      `${gateway}/connections/connections.test.ts`,
      'a full table > never takes it for one that has shown a token while there is an anonymous one',
    ),
  },
  {
    name: 'connection-caps',
    mechanism: 'connections are bounded below the descriptor limit',
    file: `${gateway}/connections/watch-connections.ts`,
    source: "app.server.on('connection', (socket) => connections.admit(socket));",
    replacement: '',
    test: unit(
      `${gateway}/connections/watch-connections.test.ts`,
      'the connections of a gateway > of many addresses are as many as there are descriptors for',
    ),
  },
  {
    name: 'stalled-answers',
    mechanism: 'an answer that its client does not take is cut off in time',
    file: `${gateway}/connections/stalled-answers.ts`,
    source: 'if (nowMs - since.sinceMs > answerTakenMs + earnedMs) {',
    replacement: 'if (nowMs < 0) {',
    test: unit(`${gateway}/connections/stalled-answers.test.ts`, 'an answer > that nobody takes is cut off after 30 s'),
  },
  {
    name: 'waiting-room',
    mechanism: 'past a bound requests that would wait for a decision do not wait',
    file: `${gateway}/routing/waiting.ts`,
    source: 'if (leave) return leave;',
    replacement: 'return leave ?? nothing;',
    test: unit(`${gateway}/routing/waiting.test.ts`, 'requests that wait for a decision > of one tenant'),
  },
  {
    name: 'handshake-rate',
    mechanism: 'handshakes of sockets are limited for each address',
    file: `${gateway}/routing/sockets.routes.ts`,
    source: 'await limiter.takeHandshake(addressOf(request), reply);',
    replacement: '',
    test: unit(`${gateway}/routing/socket-limits.test.ts`, 'handshakes of one address > are limited in rate'),
  },
  {
    name: 'socket-anonymous',
    mechanism: 'of one address few sockets are without a token at a time',
    file: `${gateway}/routing/socket-places.ts`,
    source: 'if (own && own.size >= anonymousPerAddressMax) first(own)!.cut();',
    replacement: '',
    test: unit(
      `${gateway}/routing/socket-places.test.ts`,
      'a place of a socket > is given up by the oldest anonymous one of an address that has too many',
    ),
  },
  {
    name: 'tunnel-end',
    mechanism: 'a socket through the gateway ends when one side has ended',
    file: `${gateway}/routing/socket-tunnel.ts`,
    source: "side.once('end', end).once('close', end);",
    replacement: '',
    test: unit(
      `${gateway}/routing/socket-limits.test.ts`,
      'a socket whose client has gone is ended at realtime, whatever realtime does',
    ),
  },
  {
    name: 'socket-cut-off',
    mechanism: 'a socket is cut off without waiting for its close frame',
    file: `${realtime}/connection.ts`,
    source: 'connection.transport.socket.terminate();',
    replacement: '',
    test: unit(`${realtime}/socket-server.test.ts`, 'a socket without a token > that says nothing'),
  },
  {
    name: 'socket-pings-count',
    mechanism: 'pings of a client draw on its budget',
    file: `${realtime}/connection.ts`,
    source: "socket.on('ping', count);",
    replacement: '',
    test: unit(
      `${realtime}/socket-server.test.ts`,
      'a signed-in socket is cut off at once > that floods with WebSocket pings',
    ),
  },
  {
    name: 'subscription-refused',
    mechanism: 'a subscription whose variants cannot be read is refused',
    file: `${realtime}/subscribe.ts`,
    source: "return { error: 'unavailable' };",
    replacement: 'return { topics: wanted };',
    test: halfSubscribed,
  },
  {
    name: 'subscription-rooms-left',
    mechanism: 'a socket leaves the rooms of a refused subscription',
    file: `${realtime}/subscribe.ts`,
    source: 'for (const room of rooms) await socket.leave(room);',
    replacement: '',
    test: halfSubscribed,
  },
  {
    name: 'subscription-topics-forgotten',
    mechanism: 'the topics of a refused subscription can be subscribed to later',
    file: `${realtime}/subscribe.ts`,
    source: 'for (const topic of added) known.delete(topic);',
    replacement: '',
    test: halfSubscribed,
  },
  {
    name: 'limiter-email-length',
    mechanism: 'the limiter of sign-ins normalises no text that is too long to be an e-mail address',
    file: 'packages/shared/src/values/mailbox.ts',
    source: "if (email.trim().length > lengthMax) return '';",
    replacement: '',
    test: unit(
      `${gateway}/rate-limits/subjects.test.ts`,
      'an account > is none when its e-mail is longer than one may be',
    ),
  },
  {
    name: 'limiter-slug',
    mechanism: 'the limiter of sign-ins counts all spellings of a business as one',
    file: `${gateway}/rate-limits/subjects.ts`,
    source: 'normaliseSlug(text(fields.tenant))',
    replacement: 'text(fields.tenant).toLowerCase()',
    test: unit(`${gateway}/rate-limits/subjects.property.test.ts`, 'two spellings of one account are one subject'),
  },
];
