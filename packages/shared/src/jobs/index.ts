export { type Sweep, type SweepOptions, startSweep } from './sweep.ts';
export { type JobRef, startWorkQueue, type WorkQueue, type WorkQueueOptions } from './work-queue.ts';
