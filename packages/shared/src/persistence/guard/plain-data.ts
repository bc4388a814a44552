// Invariant: what is sent as data is data. An object that says of itself which BSON type it is would be stored as
// something else than what was validated, or fail the write; the driver's own types say so on their class, never as a
// field.
import { reservedKeyIn } from '../../contracts/reserved-keys.ts';
import { refuse } from '../refusal.ts';
import type { StartedCommand } from './command.ts';

const steersSerializer = (key: string) => key === '_bsontype';

/** Throws TenancyViolation for a command with such an object anywhere in it, in whatever scope. */
export function refuseTypedData({ commandName, command }: Pick<StartedCommand, 'commandName' | 'command'>): void {
  const key = reservedKeyIn(command, steersSerializer);
  if (key !== undefined) refuse(`${commandName}: data has the key ${key}`);
}
