import { describe, expect, it } from 'vitest';
import type { Scope } from '../context.ts';
import { TenancyViolation } from '../errors.ts';
import { guardCommand } from './command.ts';

const rules = {
  database: 'shop',
  evented: new Set(['orders', 'accounts']),
  global: new Set(['cursors', 'accounts']),
};
const a: Scope = { kind: 'tenant', tenantId: 'a' };
const batch: Scope = { kind: 'tenants', tenantIds: new Set(['a', 'b']), reason: 'test.batch' };
const system: Scope = { kind: 'system', reason: 'sweep' };
const purge: Scope = { kind: 'system', reason: 'purge.orders' };

type Command = Record<string, unknown>;

function send(command: Command, scope: Scope | undefined, databaseName = 'shop'): () => void {
  return () => guardCommand({ commandName: Object.keys(command)[0] ?? '', databaseName, command }, scope, rules);
}

function passes(name: string, command: Command, scope: Scope | undefined, databaseName?: string): void {
  it(`passes ${name}`, () => expect(send(command, scope, databaseName)).not.toThrow());
}

function refuses(name: string, command: Command, scope: Scope | undefined, databaseName?: string): void {
  it(`refuses ${name}`, () => expect(send(command, scope, databaseName)).toThrow(TenancyViolation));
}

const find = (filter: unknown): Command => ({ find: 'items', filter });
const update = (q: unknown, u: unknown, more: Command = {}): Command => ({
  update: 'items',
  updates: [{ q, u, ...more }],
});
const aggregate = (...pipeline: unknown[]): Command => ({ aggregate: 'items', pipeline, cursor: {} });
const mine = { $match: { tenantId: 'a' } };

describe('reads of one tenant', () => {
  passes('an equality', find({ tenantId: 'a', n: 1 }), a);
  passes('an $eq', find({ tenantId: { $eq: 'a' } }), a);
  passes('an equality under $and', find({ $and: [{ n: 1 }, { tenantId: 'a' }] }), a);
  passes('an equality beside an $or', find({ tenantId: 'a', $or: [{ n: 1 }, { tenantId: 'b' }] }), a);
  passes('count and distinct', { count: 'items', query: { tenantId: 'a' } }, a);
  passes('distinct', { distinct: 'items', key: 'n', query: { tenantId: 'a' } }, a);
  passes('explain of a scoped find', { explain: find({ tenantId: 'a' }) }, a);
  refuses('no filter', { find: 'items' }, a);
  refuses('another tenant', find({ tenantId: 'b' }), a);
  refuses('a missing tenantId', find({ _id: '1' }), a);
  refuses('an undefined tenantId', find({ tenantId: undefined }), a);
  refuses('a null tenantId', find({ tenantId: null }), a);
  refuses('$in', find({ tenantId: { $in: ['a'] } }), a);
  refuses('$eq with company', find({ tenantId: { $eq: 'a', $gt: '' } }), a);
  refuses('$ne', find({ tenantId: { $ne: 'b' } }), a);
  refuses('a regular expression', find({ tenantId: /^a$/ }), a);
  refuses('$or with the tenant in one branch', find({ $or: [{ tenantId: 'a' }, { n: 1 }] }), a);
  refuses('$or with the tenant in every branch', find({ $or: [{ tenantId: 'a' }, { tenantId: 'a' }] }), a);
  refuses('$nor', find({ $nor: [{ tenantId: 'b' }] }), a);
  refuses('$expr', find({ $expr: { $eq: ['$tenantId', 'a'] } }), a);
  refuses('contradicting equalities', find({ tenantId: 'a', $and: [{ tenantId: 'b' }] }), a);
  refuses('a nested field of that name', find({ 'owner.tenantId': 'a' }), a);
  refuses('a filter that serialises itself', find({ tenantId: 'a', toBSON: () => ({}) }), a);
  refuses('a filter in a Map', find(new Map([['tenantId', 'a']])), a);
  refuses('a collation', { ...find({ tenantId: 'a' }), collation: { locale: 'en', strength: 1 } }, a);
  refuses('count without query', { count: 'items' }, a);
  refuses('distinct without query', { distinct: 'items', key: 'tenantId' }, a);
  refuses('explain of an open find', { explain: find({}) }, a);
  refuses('no scope', find({ tenantId: 'a' }), undefined);
  refuses('another database', find({ tenantId: 'a' }), a, 'other');
});

describe('writes of one tenant', () => {
  const q = { _id: '1', tenantId: 'a' };
  passes('an insert', { insert: 'items', documents: [{ _id: '1', tenantId: 'a' }] }, a);
  passes('an update', update(q, { $set: { n: 1 } }), a);
  passes('an upsert that repeats the tenant', update(q, { $setOnInsert: { tenantId: 'a' } }, { upsert: true }), a);
  passes('a replacement that keeps the tenant', update(q, { tenantId: 'a', n: 1 }), a);
  passes('a pipeline update of fields', update(q, [{ $set: { n: 1 } }, { $unset: 'm' }]), a);
  passes('a delete', { delete: 'items', deletes: [{ q, limit: 1 }] }, a);
  passes('findAndModify', { findAndModify: 'items', query: q, update: { $inc: { n: 1 } } }, a);
  refuses('an insert of another tenant', { insert: 'items', documents: [{ tenantId: 'a' }, { tenantId: 'b' }] }, a);
  refuses('an insert without tenant', { insert: 'items', documents: [{ _id: '1' }] }, a);
  refuses('an insert of undefined', { insert: 'items', documents: [{ tenantId: undefined }] }, a);
  refuses('an insert that serialises itself', { insert: 'items', documents: [{ tenantId: 'a', toBSON() {} }] }, a);
  refuses('an update by id alone', update({ _id: '1' }, { $set: { n: 1 } }), a);
  refuses(
    'a second statement by id alone',
    {
      update: 'items',
      updates: [
        { q, u: { $set: {} } },
        { q: {}, u: {} },
      ],
    },
    a,
  );
  refuses('$set of tenantId', update(q, { $set: { tenantId: 'b' } }), a);
  refuses('$set of the same tenantId', update(q, { $set: { tenantId: 'a' } }), a);
  refuses('$unset of tenantId', update(q, { $unset: { tenantId: '' } }), a);
  refuses('$rename of tenantId', update(q, { $rename: { tenantId: 'x' } }), a);
  refuses('$rename to tenantId', update(q, { $rename: { x: 'tenantId' } }), a);
  refuses('a path below tenantId', update(q, { $set: { 'tenantId.x': 1 } }), a);
  refuses('$setOnInsert of another tenant', update(q, { $setOnInsert: { tenantId: 'b' } }, { upsert: true }), a);
  refuses('a replacement without tenant', update(q, { n: 1 }), a);
  refuses('a replacement to another tenant', update(q, { tenantId: 'b' }), a);
  refuses('a pipeline update of tenantId', update(q, [{ $set: { tenantId: 'b' } }]), a);
  refuses('a pipeline update that unsets tenantId', update(q, [{ $unset: ['n', 'tenantId'] }]), a);
  refuses('a pipeline update that replaces', update(q, [{ $replaceWith: { n: 1 } }]), a);
  refuses('a collation of one statement', update(q, { $set: { n: 1 } }, { collation: { locale: 'en' } }), a);
  refuses('a delete by id alone', { delete: 'items', deletes: [{ q: { _id: '1' }, limit: 1 }] }, a);
  refuses('findAndModify by id alone', { findAndModify: 'items', query: { _id: '1' }, update: { $set: { n: 1 } } }, a);
  refuses('findAndModify remove by id alone', { findAndModify: 'items', query: { _id: '1' }, remove: true }, a);
  refuses('findAndModify of tenantId', { findAndModify: 'items', query: q, update: { $set: { tenantId: 'b' } } }, a);
});

describe('aggregations', () => {
  const lookup = (more: Command): Command => ({ $lookup: { as: 'x', ...more } });
  passes('a first match', aggregate(mine, { $group: { _id: '$n' } }), a);
  passes('$geoNear with the tenant in its query', aggregate({ $geoNear: { query: { tenantId: 'a' } } }), a);
  passes('a scoped $lookup', aggregate(mine, lookup({ from: 'levels', pipeline: [mine] })), a);
  passes(
    'a $lookup into a global collection',
    aggregate(mine, lookup({ from: 'cursors', localField: 'a', foreignField: 'b' })),
    a,
  );
  passes('a scoped $unionWith', aggregate(mine, { $unionWith: { coll: 'levels', pipeline: [mine] } }), a);
  passes(
    'a scoped $graphLookup',
    aggregate(mine, { $graphLookup: { from: 'levels', restrictSearchWithMatch: { tenantId: 'a' } } }),
    a,
  );
  passes('a $facet', aggregate(mine, { $facet: { x: [{ $count: 'n' }] } }), a);
  refuses('no match', aggregate({ $group: { _id: '$tenantId' } }), a);
  refuses('an empty pipeline', aggregate(), a);
  refuses('a match of another tenant', aggregate({ $match: { tenantId: 'b' } }), a);
  refuses('a match that is not first', aggregate({ $limit: 1 }, mine), a);
  refuses('$geoNear without the tenant', aggregate({ $geoNear: { near: [0, 0] } }), a);
  refuses('a $lookup by fields', aggregate(mine, lookup({ from: 'levels', localField: 'a', foreignField: 'b' })), a);
  refuses(
    'a $lookup of another tenant',
    aggregate(mine, lookup({ from: 'levels', pipeline: [{ $match: { tenantId: 'b' } }] })),
    a,
  );
  refuses(
    'a $lookup into another database',
    aggregate(mine, lookup({ from: { db: 'x', coll: 'y' }, pipeline: [mine] })),
    a,
  );
  refuses(
    'a $lookup inside a $lookup',
    aggregate(mine, lookup({ from: 'levels', pipeline: [mine, lookup({ from: 'items', pipeline: [] })] })),
    a,
  );
  refuses(
    'a $lookup inside a $facet',
    aggregate(mine, { $facet: { x: [lookup({ from: 'levels', pipeline: [] })] } }),
    a,
  );
  refuses(
    'a $lookup behind a global one',
    aggregate(mine, lookup({ from: 'cursors', pipeline: [lookup({ from: 'items', pipeline: [] })] })),
    a,
  );
  refuses('a $unionWith by name', aggregate(mine, { $unionWith: 'levels' }), a);
  refuses('an open $unionWith', aggregate(mine, { $unionWith: { coll: 'levels' } }), a);
  refuses('an open $graphLookup', aggregate(mine, { $graphLookup: { from: 'levels' } }), a);
  refuses('$out', aggregate(mine, { $out: 'levels' }), a);
  refuses('$merge', aggregate(mine, { $merge: { into: 'levels' } }), a);
  refuses('a stage that is not known', aggregate(mine, { $somethingNew: {} }), a);
  refuses('a stage with two operators', aggregate({ $match: { tenantId: 'a' }, $limit: 1 }), a);
  refuses('a change stream', aggregate({ $changeStream: {} }), a);
  refuses('a change stream over a global collection', { aggregate: 'cursors', pipeline: [{ $changeStream: {} }] }, a);
  refuses('an aggregation over the database', { aggregate: 1, pipeline: [{ $currentOp: {} }] }, a);
});

describe('batches', () => {
  const q = { tenantId: 'b', _id: '1' };
  passes('inserts of the set', { insert: 'items', documents: [{ tenantId: 'a' }, { tenantId: 'b' }] }, batch);
  passes('updates of the set', { update: 'items', updates: [{ q, u: { $set: { n: 1 } } }] }, batch);
  passes('an $or of branches', find({ $or: [{ tenantId: 'a', _id: '1' }, q] }), batch);
  passes('a plain equality', find(q), batch);
  passes('an aggregation over an $or', aggregate({ $match: { $or: [q, { tenantId: 'a' }] } }), batch);
  refuses('an insert outside the set', { insert: 'items', documents: [{ tenantId: 'a' }, { tenantId: 'c' }] }, batch);
  refuses('an update outside the set', update({ tenantId: 'c' }, { $set: { n: 1 } }), batch);
  refuses('an update by $or', update({ $or: [{ tenantId: 'a' }, { tenantId: 'b' }] }, { $set: { n: 1 } }), batch);
  refuses('a replacement to another tenant of the set', update(q, { tenantId: 'a' }), batch);
  refuses('$in', find({ tenantId: { $in: ['a', 'b'] } }), batch);
  refuses('$in inside a branch', find({ $or: [{ tenantId: { $in: ['a'] } }] }), batch);
  refuses('an open branch', find({ $or: [q, { _id: '2' }] }), batch);
  refuses('a branch outside the set', find({ $or: [q, { tenantId: 'c' }] }), batch);
  refuses('an empty $or', find({ $or: [] }), batch);
  refuses('an $or beside an operator on tenantId', find({ tenantId: { $gt: '' }, $or: [q] }), batch);
  refuses('nothing', find({}), batch);
});

describe('scopes and kinds of command', () => {
  for (const name of ['hello', 'ping', 'endSessions', 'commitTransaction', 'abortTransaction']) {
    passes(`${name} without scope`, { [name]: 1 }, undefined, 'admin');
  }
  for (const name of ['create', 'createIndexes', 'drop', 'collMod', 'listIndexes', 'validate', 'findandmodify']) {
    refuses(`${name} for a tenant`, { [name]: 'items' }, a);
  }
  for (const name of ['listCollections', 'dropDatabase', 'serverStatus', 'killSessions', 'currentOp']) {
    refuses(`${name} for a tenant`, { [name]: 1 }, a);
    passes(
      `${name === 'dropDatabase' ? 'dropDatabase of another database' : name} for the system`,
      { [name]: 1 },
      system,
      'admin',
    );
  }
  for (const command of [find({}), update({}, { $set: { n: 1 } }), aggregate({ $changeStream: {} })]) {
    passes(`${Object.keys(command)[0]} of everything for the system`, command, system);
  }
  passes('createIndexes for the system', { createIndexes: 'items', indexes: [] }, system);
  passes('a global collection without scope', { find: 'cursors', filter: {} }, undefined);
  passes('a write to a global collection', { update: 'cursors', updates: [{ q: {}, u: { $set: { n: 1 } } }] }, a);
  refuses('a global name in another database', { find: 'cursors', filter: {} }, a, 'other');
  refuses('mapReduce even for the system', { mapReduce: 'items' }, system);
  refuses('applyOps even for the system', { applyOps: [] }, system, 'admin');
  refuses('a command that is not known', { somethingNew: 'items' }, a);
});

describe('bulkWrite of several collections', () => {
  const bulk = (op: Command, ns = 'shop.items'): Command => ({ bulkWrite: 1, ops: [op], nsInfo: [{ ns }] });
  const filter = { tenantId: 'a', _id: '1' };
  passes('an insert', bulk({ insert: 0, document: { tenantId: 'a' } }), a, 'admin');
  passes('an update', bulk({ update: 0, filter, updateMods: { $set: { n: 1 } } }), a, 'admin');
  passes('a delete', bulk({ delete: 0, filter }), a, 'admin');
  refuses('an insert of another tenant', bulk({ insert: 0, document: { tenantId: 'b' } }), a, 'admin');
  refuses(
    'an update by id alone',
    bulk({ update: 0, filter: { _id: '1' }, updateMods: { $set: { n: 1 } } }),
    a,
    'admin',
  );
  refuses('an update of tenantId', bulk({ update: 0, filter, updateMods: { $set: { tenantId: 'b' } } }), a, 'admin');
  refuses('a delete by id alone', bulk({ delete: 0, filter: { _id: '1' } }), a, 'admin');
  refuses('another database', bulk({ insert: 0, document: { tenantId: 'a' } }, 'other.items'), a, 'admin');
  refuses(
    'an evented insert without events',
    bulk({ insert: 0, document: { tenantId: 'a' } }, 'shop.orders'),
    a,
    'admin',
  );
  refuses('the same for the system', bulk({ insert: 0, document: { tenantId: 'a' } }, 'shop.orders'), system, 'admin');
});

describe('evented collections', () => {
  const event = (tenantId = 'a', body = '{}'): Command => ({ id: 'e1', tenantId, body });
  const insert = (events: unknown, scope: Scope = a): [Command, Scope] => [
    { insert: 'orders', documents: [{ _id: '1', tenantId: 'a', events }] },
    scope,
  ];
  const change = (u: unknown, more: Command = {}): Command => ({
    update: 'orders',
    updates: [{ q: { tenantId: 'a', _id: '1' }, u, ...more }],
  });
  const events = [event()];
  passes('an insert with events', ...insert(events));
  passes('an insert without any event, said explicitly', ...insert([]));
  passes('64 events', ...insert(Array.from({ length: 64 }, () => event())));
  passes('$set of the whole array', change({ $set: { status: 'X', events }, $inc: { version: 1 } }), a);
  passes('an upsert that only inserts', change({ $setOnInsert: { status: 'X', events } }, { upsert: true }), a);
  passes('findAndModify', { findAndModify: 'orders', query: { tenantId: 'a' }, update: { $set: { events } } }, a);
  passes('a purge', { delete: 'orders', deletes: [{ q: {}, limit: 0 }] }, purge);
  passes('a global evented document', { insert: 'accounts', documents: [{ _id: 'a', events }] }, undefined);
  for (const scope of [a, system, purge]) {
    const who = scope.kind === 'system' ? scope.reason : 'a tenant';
    refuses(`an insert without events by ${who}`, ...insert(undefined, scope));
    refuses(`events that are no array by ${who}`, ...insert({ 0: event() }, scope));
    refuses(
      `65 events by ${who}`,
      ...insert(
        Array.from({ length: 65 }, () => event()),
        scope,
      ),
    );
    refuses(`too many bytes by ${who}`, ...insert([event('a', 'ä'.repeat(131_073))], scope));
    refuses(`an event of another tenant by ${who}`, ...insert([event('b')], scope));
    refuses(`an event without id by ${who}`, ...insert([{ tenantId: 'a', body: '{}' }], scope));
    refuses(`an event without tenant by ${who}`, ...insert([{ id: 'e1', body: '{}' }], scope));
    refuses(`an event without text by ${who}`, ...insert([{ id: 'e1', tenantId: 'a', body: {} }], scope));
    refuses(`an update without events by ${who}`, change({ $set: { status: 'X' } }), scope);
    refuses(`$push by ${who}`, change({ $push: { events: event() } }), scope);
    refuses(
      `$push beside $set by ${who}`,
      change({ $set: { status: 'X', events }, $push: { 'events.0.x': 1 } }),
      scope,
    );
    refuses(`a dotted path by ${who}`, change({ $set: { 'events.0': event() } }), scope);
    refuses(`$unset by ${who}`, change({ $unset: { events: '' } }), scope);
    refuses(`$rename into events by ${who}`, change({ $set: { events }, $rename: { x: 'events' } }), scope);
    refuses(`a replacement by ${who}`, change({ tenantId: 'a', events }), scope);
    refuses(`a pipeline update by ${who}`, change([{ $set: { events } }]), scope);
    refuses(`a multi update by ${who}`, change({ $set: { events } }, { multi: true }), scope);
    refuses(
      `an upsert that may also match by ${who}`,
      change({ $setOnInsert: { events }, $set: { n: 1 } }, { upsert: true }),
      scope,
    );
    refuses(
      `an update without tenant by ${who}`,
      { update: 'orders', updates: [{ q: { _id: '1' }, u: { $set: { events } } }] },
      scope,
    );
    refuses(
      `findAndModify without events by ${who}`,
      { findAndModify: 'orders', query: { tenantId: 'a' }, update: { $set: { n: 1 } } },
      scope,
    );
  }
  for (const scope of [a, system]) {
    const who = scope.kind === 'system' ? 'a sweep' : 'a tenant';
    refuses(`a delete by ${who}`, { delete: 'orders', deletes: [{ q: { tenantId: 'a' }, limit: 1 }] }, scope);
    refuses(
      `findAndModify remove by ${who}`,
      { findAndModify: 'orders', query: { tenantId: 'a' }, remove: true },
      scope,
    );
    refuses(`drop by ${who}`, { drop: 'orders' }, scope);
    refuses(`dropDatabase by ${who}`, { dropDatabase: 1 }, scope);
    refuses(`renameCollection by ${who}`, { renameCollection: 'shop.orders', to: 'shop.old' }, scope, 'admin');
    refuses(`$merge by ${who}`, aggregate(mine, { $merge: { into: 'orders' } }), scope);
    refuses(`$out by ${who}`, aggregate(mine, { $out: { db: 'shop', coll: 'orders' } }), scope);
  }
  refuses(
    'a global evented document for another tenant',
    { insert: 'accounts', documents: [{ events: [event('b')] }] },
    a,
  );
});
