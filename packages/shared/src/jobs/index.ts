export { type Sweep, type SweepOptions, startSweep } from './sweep.ts';
