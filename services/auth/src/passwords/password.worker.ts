// The thread that runs bcrypt. It gets pre-hashed text only, never a password, and keeps nothing.
import { compareSync, hashSync } from 'bcryptjs';

export type HashTask = { kind: 'hash'; text: string; cost: number };
export type CompareTask = { kind: 'compare'; text: string; hash: string };

/** Answers the hash of a text, or whether a text matches a hash. */
export default function run(task: HashTask | CompareTask): string | boolean {
  return task.kind === 'hash' ? hashSync(task.text, task.cost) : compareSync(task.text, task.hash);
}
