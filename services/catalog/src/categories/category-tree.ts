// The categories of a tenant as a tree. Pure.
// Invariants: names of siblings differ, also when case is ignored; at most 8 levels and 1,000 categories; no category
// is below itself. Whatever changes the tree writes it as a whole, where its version is the one that was decided on.
import { categoriesMax, categoryDepthMax, categoryPathOf } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { caseless } from '@holdfast/shared/values';
import { pathDoubtMs } from '../limits.ts';

export type TreeNode = {
  id: string;
  name: string;
  parentId: string | null;
  /** When it was renamed or moved last. */
  changedAt?: Date | undefined;
};
/** A category as a product is filed under it. */
export type CategoryRef = { id: string; path: string };

/** By which names of siblings are compared. */
export const categoryKeyOf = (name: string) => caseless(name.normalize('NFC').trim());
const placeOf = (parentId: string | null, name: string) => `${parentId ?? ''}\n${categoryKeyOf(name)}`;

export class CategoryTree {
  readonly nodes: readonly TreeNode[];
  readonly #byId: ReadonlyMap<string, TreeNode>;
  readonly #byPlace: ReadonlyMap<string, TreeNode>;
  readonly #children: ReadonlyMap<string | null, TreeNode[]>;

  constructor(nodes: readonly TreeNode[]) {
    this.nodes = nodes;
    this.#byId = new Map(nodes.map((node) => [node.id, node]));
    this.#byPlace = new Map(nodes.map((node) => [placeOf(node.parentId, node.name), node]));
    this.#children = Map.groupBy(nodes, ({ parentId }) => parentId);
  }

  get(id: string): TreeNode | undefined {
    return this.#byId.get(id);
  }

  /** The child of this name, whatever its case. */
  childNamed(parentId: string | null, name: string): TreeNode | undefined {
    return this.#byPlace.get(placeOf(parentId, name));
  }

  childrenOf(id: string | null): readonly TreeNode[] {
    return this.#children.get(id) ?? [];
  }

  /** The names from the root; none for an unknown id. */
  namesOf(id: string | null): string[] {
    const names: string[] = [];
    for (let node = this.#byId.get(id ?? ''); node; node = this.#byId.get(node.parentId ?? ''))
      names.unshift(node.name);
    return names;
  }

  /** Undefined for an unknown id. */
  pathOf(id: string): string | undefined {
    return this.#byId.has(id) ? categoryPathOf(this.namesOf(id)) : undefined;
  }

  /**
   * True when a category on the path may have been renamed or moved since: within what clocks and transactions differ
   * by, too. What was written then shows another path without another version.
   */
  mayHaveMovedSince(id: string | null, writtenAt: Date): boolean {
    const sinceMs = writtenAt.getTime() - pathDoubtMs;
    for (let node = this.#byId.get(id ?? ''); node; node = this.#byId.get(node.parentId ?? '')) {
      if (node.changedAt !== undefined && node.changedAt.getTime() >= sinceMs) return true;
    }
    return false;
  }

  /** The id that these names lead to, from the root. */
  idOfNames(names: readonly string[]): string | undefined {
    let node: TreeNode | undefined;
    for (const name of names) {
      node = this.childNamed(node?.id ?? null, name);
      if (!node) return undefined;
    }
    return node?.id;
  }

  /** The category and all below it. */
  subtreeOf(id: string): string[] {
    const found = this.#byId.has(id) ? [id] : [];
    // Grows while it is walked, by each category once.
    for (const one of found) found.push(...this.childrenOf(one).map((child) => child.id));
    return found;
  }

  /** Levels of a category and what is below it. */
  heightOf(id: string): number {
    return 1 + Math.max(0, ...this.childrenOf(id).map((child) => this.heightOf(child.id)));
  }

  /**
   * The tree with a new category, or with one renamed or moved. Throws `unknown_category`, `category_taken`,
   * `category_cycle`, `category_too_deep`, `too_many_categories`.
   */
  with(node: TreeNode): CategoryTree {
    const { id, parentId, name } = node;
    if (parentId !== null && !this.#byId.has(parentId)) throw new DomainError('unknown_category');
    const holder = this.childNamed(parentId, name);
    if (holder && holder.id !== id) throw new DomainError('category_taken', { extra: { categoryId: holder.id } });
    if (parentId !== null && this.subtreeOf(id).includes(parentId)) throw new DomainError('category_cycle');
    const isNew = !this.#byId.has(id);
    if (this.namesOf(parentId).length + (isNew ? 1 : this.heightOf(id)) > categoryDepthMax) {
      throw new DomainError('category_too_deep');
    }
    if (isNew && this.nodes.length >= categoriesMax) throw new DomainError('too_many_categories');
    return new CategoryTree(isNew ? [...this.nodes, node] : this.nodes.map((one) => (one.id === id ? node : one)));
  }

  without(id: string): CategoryTree {
    return new CategoryTree(this.nodes.filter((node) => node.id !== id));
  }
}

/** The order of a list by path; cut, to fit into a cursor, so that very long paths may stand out of it. */
export function pathKeyOf(tree: CategoryTree, id: string): string {
  const keys = tree.namesOf(id).map(categoryKeyOf);
  return keys.join('\t').slice(0, 150).toWellFormed();
}
