// The invariant checker: tests a live installation, and a client's history,
// against the promises of docs/reliability.md.
export { awaitRest, type Backlog, type Rest } from './backlog.ts';
export { type CheckOptions, type CheckReport, checkInstallation } from './check-installation.ts';
export { type Attempt, contentOf, type Decision } from './history.ts';
export { type Installation, openInstallation, type Reading, type Row } from './installation.ts';
export type { Heard } from './socket-history.ts';
export { describeViolation, type Invariant, invariants, type Violation } from './violations.ts';
