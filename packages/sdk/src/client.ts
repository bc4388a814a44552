// A typed client of the API: paths, parameters, bodies and answers come from the operations of the contracts.
// Invariant: a call is repeated only where the work cannot be done twice:
// what moves something carries a key by default.
import type { AnswerOf, Operation, SentBodyOf, SentParamsOf, SentQueryOf } from '@holdfast/shared/contracts';
import type { ErrorCode } from '@holdfast/shared/errors';
import { ApiProblem, NoAnswer } from './errors.ts';
import { attemptsMax, attemptTimeoutMs, pauseMaxMs } from './limits.ts';
import { type Answer, type Problem, type RequestOptions, request } from './request.ts';
import { isRepeatable, isWorthRetrying, pauseBefore } from './retry.ts';
import { keepSession, type Session } from './session.ts';

export type ClientOptions = {
  /** The gateway, or several that are asked in turn. */
  url: string | readonly string[];
  /** Who calls; nobody without it. */
  session?: Session | undefined;
  /** Called with every new pair of tokens of the session, for whoever stores them. */
  onSession?: (session: Session) => void;
  /** Codes of problems that pass by themselves and are worth another attempt. */
  retryOn?: readonly ErrorCode[];
  attemptsMax?: number;
  attemptTimeoutMs?: number;
  /** Longest pause between two attempts, whatever Retry-After asks for. */
  pauseMaxMs?: number;
};

/** Left out where nothing is needed. */
type Part<Name extends string, Sent> =
  Record<never, never> extends Sent
    ? { [N in Name]?: Sent }
    : undefined extends Sent
      ? { [N in Name]?: Sent }
      : { [N in Name]: Sent };
/** What a call of this operation takes. */
export type CallOf<O extends Operation> = Part<'params', SentParamsOf<O>> &
  Part<'query', SentQueryOf<O>> &
  Part<'body', SentBodyOf<O>> &
  Pick<RequestOptions, 'key' | 'headers' | 'signal'>;
type Given<O extends Operation> = Record<never, never> extends CallOf<O> ? [call?: CallOf<O>] : [call: CallOf<O>];
/** A body that may be either: what is there follows from the status. */
type Either<O extends Operation> = Partial<AnswerOf<O>> & Problem;

export type Client = {
  readonly session: Session | undefined;
  /** The same client for somebody else, or for nobody. */
  as(session: Session | undefined): Client;
  /** The answer of a 2xx. Throws `ApiProblem` or `NoAnswer`, after what was worth another attempt was tried again. */
  call<O extends Operation>(operation: O, ...given: Given<O>): Promise<AnswerOf<O>>;
  /** One attempt, whatever is answered; throws `NoAnswer`. */
  send<O extends Operation>(operation: O, ...given: Given<O>): Promise<Answer<Either<O>>>;
  /** One request of any kind with the session's token; throws what `fetch` throws. */
  request<Body = Record<string, unknown>>(
    method: string,
    path: string,
    options?: RequestOptions,
  ): Promise<Answer<Body>>;
};

/** `call` as every operation has it. */
type AnyCall = Pick<RequestOptions, 'key' | 'headers' | 'signal'> & {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, unknown>>;
  body?: unknown;
};

/** A client of these gateways. */
export function createClient(options: ClientOptions): Client {
  const urls = [options.url].flat();
  let turn = 0;
  return clientOf(options, () => urls[turn++ % urls.length]!);
}

function clientOf(options: ClientOptions, nextUrl: () => string): Client {
  const keeper = keepSession({ session: options.session, onSession: options.onSession, nextUrl });
  const retryOn = new Set<string>(options.retryOn);

  async function send(operation: Operation, { params, query, ...rest }: AnyCall): Promise<Answer<Problem>> {
    const timeout = AbortSignal.timeout(options.attemptTimeoutMs ?? attemptTimeoutMs);
    const signal = rest.signal ? AbortSignal.any([timeout, rest.signal]) : timeout;
    const token = operation.access === 'public' ? undefined : keeper.current?.accessToken;
    try {
      return await request(nextUrl(), operation.method, pathOf(operation, params, query), { token, ...rest, signal });
    } catch (error) {
      throw new NoAnswer(operation.operationId, error);
    }
  }

  /** One attempt, and another one with a new token when that was all that was wrong. */
  async function sendSignedIn(operation: Operation, call: AnyCall): Promise<Answer<Problem>> {
    const token = keeper.current?.accessToken;
    const answer = await send(operation, call);
    const isExpired = answer.status === 401 && operation.access !== 'public';
    return isExpired && (await keeper.renew(token)) ? send(operation, call) : answer;
  }

  async function call(operation: Operation, given: AnyCall): Promise<unknown> {
    const key = given.key ?? (operation.idempotencyKey === 'none' ? undefined : crypto.randomUUID());
    const rules = { isRepeatable: isRepeatable(operation, key), retryOn };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await sendSignedIn(operation, { ...given, key });
        if (answer.status < 300) return answer.status === 204 ? undefined : answer.body;
        throw new ApiProblem(operation.operationId, answer);
      } catch (error) {
        const isOver = attempt >= (options.attemptsMax ?? attemptsMax) || given.signal?.aborted;
        if (isOver || !isWorthRetrying(error, rules)) throw error;
        await pause(pauseBefore(attempt, error, options.pauseMaxMs ?? pauseMaxMs));
      }
    }
  }

  const client = {
    get session() {
      return keeper.current;
    },
    as: (session: Session | undefined) => clientOf({ ...options, session }, nextUrl),
    call: (operation: Operation, given: AnyCall = {}) => call(operation, given),
    send: (operation: Operation, given: AnyCall = {}) => send(operation, given),
    request: (method: string, path: string, more: RequestOptions = {}) =>
      request(nextUrl(), method, path, { token: keeper.current?.accessToken, ...more }),
  };
  // The types of a call and of its answer follow from its operation, which the code above does not look into.
  return client as unknown as Client;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function pathOf({ path }: Operation, params: AnyCall['params'] = {}, query: AnyCall['query'] = {}): string {
  const filled = path.replace(/:([a-zA-Z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search}`;
}
