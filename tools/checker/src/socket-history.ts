// I8 at a socket: over one connection the versions of each aggregate grow and the tenant's sequence never goes back.
import type { Findings } from './violations.ts';

/** One message as a socket heard it. */
export type Heard = {
  /** One per connection: a client that connects again has a new one. */
  connection: string;
  tenantId: string;
  /** The message's name: versions are compared within a name, because one change can be told under several. */
  name: string;
  /** The order, or the variant. */
  subject: string;
  version: number;
  sequence?: number | undefined;
};

/** Checks messages in the order in which they were heard. Staff's messages carry the sequence, customers' do not. */
export function checkSocketHistory(heard: readonly Heard[], findings: Findings): void {
  const versions = new Map<string, number>();
  const sequences = new Map<string, number>();
  for (const { connection, tenantId, name, subject, version, sequence } of heard) {
    const report = (kind: string, detail: string) =>
      findings.add({ invariant: 'I8', kind, tenantId, id: subject, detail: `${name} at ${connection}: ${detail}` });
    const key = `${connection} ${name} ${subject}`;
    const before = versions.get(key) ?? 0;
    if (version <= before) report('socket.version', `version ${version} after ${before}`);
    versions.set(key, version);
    if (sequence === undefined) continue;
    const last = sequences.get(connection) ?? 0;
    if (sequence < last) report('socket.sequence', `sequence ${sequence} after ${last}`);
    sequences.set(connection, sequence);
  }
}
