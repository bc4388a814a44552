// The errors of imports and exports: rows of the catalogue, apart for its length only.
import type { ErrorEntry } from './identity-errors.ts';

export const jobErrors = {
  too_many_jobs: {
    status: 409,
    title: 'Too many imports or exports are unfinished',
    retryable: true,
    explanation: 'Wait until one of them has ended.',
  },
  export_not_ready: {
    status: 409,
    title: 'The export has no file yet',
    retryable: true,
    explanation: '`exportStatus` is the state of the export; it has a file once it is `done`.',
  },
  export_expired: {
    status: 410,
    title: 'The file of the export is gone',
    retryable: false,
    explanation: 'Files are kept for some days; export again.',
  },
  invalid_csv: {
    status: 422,
    title: 'The file cannot be imported',
    retryable: false,
    explanation:
      '`flaw` says why (`missing_column`, `unknown_column`, `duplicate_column`, `not_utf8`, `malformed_csv` ...), `columns` and `line` say where. No row was applied.',
  },
} as const satisfies Record<string, ErrorEntry>;
