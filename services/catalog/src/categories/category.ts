// A category. Pure. Invariant: every change raises the version by one and carries one event.
import {
  categoryCreated,
  categoryDeleted,
  categorySnapshot,
  categoryUpdated,
  type DomainEvent,
  makeEvent,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import type { TreeNode } from './category-tree.ts';

export type Category = {
  id: string;
  tenantId: string;
  name: string;
  /** null at the root. */
  parentId: string | null;
  /** Stays as a tombstone, so that its last event and version are known. */
  isDeleted: boolean;
  createdBy: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /** What a repeated request is compared with, and the path in the first answer; null without an Idempotency-Key. */
  creation: { requestHash: string; path: string } | null;
};
export type CategoryChange = { before?: Category; after: Category; events: DomainEvent[] };
type Creation = { tenantId: string; createdBy: string; creation: Category['creation'] };

export function newCategory({ id, name, parentId }: TreeNode, facts: Creation, stamp: Stamp): CategoryChange {
  const times = { createdAt: stamp.now, updatedAt: stamp.now };
  const after = { id, name, parentId, isDeleted: false, version: 1, ...facts, ...times };
  return { after, events: [makeEvent(categoryCreated, aggregateOf(after), stamp, stateOf(after))] };
}

/** Renamed or moved; undefined when nothing changes. */
export function changeCategory(
  before: Category,
  { name, parentId }: TreeNode,
  stamp: Stamp,
): CategoryChange | undefined {
  if (name === before.name && parentId === before.parentId) return undefined;
  const after = { ...before, name, parentId, version: before.version + 1, updatedAt: stamp.now };
  return { before, after, events: [makeEvent(categoryUpdated, aggregateOf(after), stamp, stateOf(after))] };
}

export function deleteCategory(before: Category, stamp: Stamp): CategoryChange {
  const after = { ...before, isDeleted: true, version: before.version + 1, updatedAt: stamp.now };
  return { before, after, events: [makeEvent(categoryDeleted, aggregateOf(after), stamp, stateOf(after))] };
}

/** The full-state event of a category, for resync. */
export function categorySnapshotEvent(category: Category, stamp: Stamp): DomainEvent {
  const data = { ...stateOf(category), isDeleted: category.isDeleted };
  return makeEvent(categorySnapshot, aggregateOf(category), stamp, data);
}

const aggregateOf = ({ id, tenantId, version }: Category) => ({ tenantId, id, version });
const stateOf = ({ id, name, parentId }: Category) => ({ categoryId: id, name, parentId });
