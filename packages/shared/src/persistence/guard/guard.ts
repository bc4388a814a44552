// The driver guard: the last look at every command before it leaves the process.
// Invariant: a command that could reach another tenant's data, or lose an event, throws before it is sent, whatever
// code produced it. It relies on the driver calling `commandStarted` listeners synchronously before it writes to the
// socket; a test of its own fails if a new driver version no longer does.
import type { mongo } from 'mongoose';
import type { Log } from '../../values/index.ts';
import { currentScope, type Scope } from '../context.ts';
import { TenancyViolation } from '../errors.ts';
import { layerIsOn } from '../layers.ts';
import { systemReasonsMax } from '../limits.ts';
import { refuse } from '../refusal.ts';
import type { GuardRules } from '../rules.ts';
import { guardCommand } from './command.ts';
import { rememberCursors } from './cursors.ts';

/** What is known about a refused command; never a value. */
export interface Refusal {
  readonly command: string;
  readonly rule: string;
  readonly scope: Scope['kind'] | 'none';
}

export interface Guard {
  /** Refused commands since the database was opened. */
  readonly refusals: number;
  /** Commands of system work since the database was opened, per reason. */
  readonly systemCommands: ReadonlyMap<string, number>;
  /** Cursors that are open on the server as far as this process knows. */
  readonly openCursors: number;
}

export interface GuardHooks {
  log?: Log | undefined;
  onRefusal?: (refusal: Refusal) => void;
}

/** Installs the guard on a client; from then on every command of the client passes through it. */
export function installGuard(client: mongo.MongoClient, rules: GuardRules, hooks: GuardHooks = {}): Guard {
  const cursors = rememberCursors();
  const transactions = rememberRefusedTransactions();
  const systemCommands = new Map<string, number>();
  let refusals = 0;

  const look = (event: mongo.CommandStartedEvent, scope: Scope | undefined): void => {
    transactions.check(event);
    if (cursors.check(event.commandName, event.command, scope, event.requestId)) return;
    guardCommand(event, scope, rules);
  };

  const countSystem = (reason: string): void => {
    const count = systemCommands.get(reason) ?? 0;
    if (count === 0 && systemCommands.size >= systemReasonsMax) return;
    if (count === 0) hooks.log?.info({ reason, database: rules.database }, 'system work reads past the tenants');
    systemCommands.set(reason, count + 1);
  };

  client.on('commandStarted', (event) => {
    if (!layerIsOn('guard')) return;
    const scope = currentScope();
    if (scope?.kind === 'system') countSystem(scope.reason);
    try {
      look(event, scope);
    } catch (error) {
      refusals += 1;
      transactions.remember(event);
      const rule = error instanceof TenancyViolation ? error.message : 'the guard itself failed';
      const refusal: Refusal = { command: event.commandName, rule, scope: scope?.kind ?? 'none' };
      hooks.log?.error({ ...refusal, database: rules.database }, 'a command was refused by the tenancy guard');
      hooks.onRefusal?.(refusal);
      throw error;
    }
  });
  client.on('commandSucceeded', (event) => {
    cursors.learn(event.requestId, event.reply, currentScope());
  });
  client.on('commandFailed', (event) => {
    cursors.forget(event.requestId);
  });

  return {
    get refusals() {
      return refusals;
    },
    systemCommands,
    get openCursors() {
      return cursors.size;
    },
  };
}

interface RefusedTransactions {
  check(event: mongo.CommandStartedEvent): void;
  remember(event: mongo.CommandStartedEvent): void;
}

// The driver puts the same session id object into every command of a session, so nothing needs to be forgotten here.
function rememberRefusedTransactions(): RefusedTransactions {
  const refused = new WeakMap<object, string>();
  return {
    check({ commandName, command }) {
      if (command.autocommit !== false || commandName === 'abortTransaction') return;
      if (refused.get(command.lsid) === String(command.txnNumber)) {
        refuse(`${commandName}: a command of this transaction was refused, so it can only be aborted`);
      }
    },
    remember({ command }) {
      if (command.autocommit === false) refused.set(command.lsid, String(command.txnNumber));
    },
  };
}
