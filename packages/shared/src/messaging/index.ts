export { type Batcher, type BatcherOptions, createBatcher } from './batcher.ts';
export { messagingCollections } from './collections.ts';
export {
  type Consumer,
  type ConsumerAlarm,
  type ConsumerOptions,
  type ConsumerStatus,
  consumerCollections,
  type ServiceConsumer,
  startConsumer,
} from './consumer.ts';
export type { ConsumerLimits } from './consumer-limits.ts';
export type { Batch, ConsumerMetrics, HandleResult, StreamEntry } from './consumer-ports.ts';
export type { DeadLetterDocument } from './dead-letters.ts';
export { lookAgain } from './look-again.ts';
export * from './relay/index.ts';
export type { DeadLetters, ReplayResult } from './replay-dead-letters.ts';
export { type SnapshotOf, snapshotsOf } from './resync.store.ts';
export { type Resync, type ResyncStatus, startResync } from './resync.ts';
export { type Tail, type TailOptions, tailStreams } from './tail.ts';
