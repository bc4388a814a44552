export { type Sweep, type SweepLog, type SweepOptions, startSweep } from './sweep.ts';
