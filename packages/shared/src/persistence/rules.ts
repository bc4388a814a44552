// What a service declared about its collections; read by the plugin, the guard and the index builder.
import type mongoose from 'mongoose';

export interface GuardRules {
  /** The only database that may be touched outside system work. */
  readonly database: string;
  /** Collections whose every write must publish its events. */
  readonly evented: ReadonlySet<string>;
  /** Collections that belong to no tenant. */
  readonly global: ReadonlySet<string>;
}

const noRules: GuardRules = { database: '', evented: new Set(), global: new Set() };
const rulesByConnection = new WeakMap<mongoose.Connection, GuardRules>();

/** Ties the declared rules to a connection, for the plugin of the models opened on it. */
export function rememberRules(connection: mongoose.Connection, rules: GuardRules): void {
  rulesByConnection.set(connection, rules);
}

/** The rules declared for a connection; empty ones if it was not opened by openDatabase. */
export function rulesOf(connection: mongoose.Connection): GuardRules {
  return rulesByConnection.get(connection) ?? noRules;
}
