// A repair of the driver (mongodb 7.8). A command larger than the socket takes at once waits for `drain`. When the
// connection ends meanwhile without an error of the socket (closed by the other side, or by the driver itself after its
// time limit), `drain` never comes and nobody is told: the command waits for ever, and with it whatever waits for the
// command. Invariant: a connection that ends fails the write that waits in it, like it fails the read.
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

type Connection = { closed: boolean; socket: EventEmitter; cleanup(error: Error): void };

/** The driver that mongoose brings, not another one. */
function connectionClass(): { prototype: Connection } {
  const ofMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  return (ofMongoose('mongodb/lib/cmap/connection.js') as { Connection: { prototype: Connection } }).Connection;
}

const { prototype } = connectionClass();
const { cleanup } = prototype;
if (typeof cleanup !== 'function') {
  throw new Error('the MongoDB driver has changed: see whether writes that wait for `drain` still need their repair');
}

prototype.cleanup = function cleanUpAndTell(this: Connection, error: Error): void {
  const isEnding = !this.closed;
  cleanup.call(this, error);
  // Only the driver's waiting write listens to `drain`, and it takes an `error` as its end. The connection is closed by
  // now.
  if (isEnding && this.socket.listenerCount('drain') > 0) this.socket.emit('error', error);
};
