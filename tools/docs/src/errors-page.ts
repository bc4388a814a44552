// docs/errors.md: every code that a client can see, and which operations answer it.
import { allOperations } from '@holdfast/shared/contracts';
import { catalogue, type ErrorCode } from '@holdfast/shared/errors';
import { errorsOf } from '@holdfast/shared/http';
import { page, table } from './table.ts';

/** Operations that a code is worth naming for; beyond these it is simply general. */
const namedOperationsMax = 8;

function answeredBy(code: ErrorCode): string {
  const names = allOperations
    .filter((operation) => errorsOf(operation).includes(code))
    .map(({ operationId }) => operationId);
  if (names.length > namedOperationsMax) return 'many';
  return names.map((name) => `\`${name}\``).join(', ');
}

/** The page about errors. */
export function errorsPage(): string {
  const codes = (Object.keys(catalogue) as ErrorCode[]).sort(
    (a, b) => catalogue[a].status - catalogue[b].status || a.localeCompare(b, 'en'),
  );
  const rows = codes.map((code) => {
    const { status, title, retryable, explanation } = catalogue[code];
    return [`\`${code}\``, String(status), retryable ? 'yes' : 'no', `${title}. ${explanation}`, answeredBy(code)];
  });
  return page(
    'Errors',
    'Every error is `application/problem+json` (RFC 9457) with `type, title, status, detail, instance, code, traceId`, for bodies and queries also `errors: [{ pointer, code, message }]`. `code` is stable; the texts are not. What may be retried unchanged says so; 429 and 503 carry `Retry-After`.',
    table(['code', 'status', 'retry', 'meaning', 'answered by'], rows),
  );
}
