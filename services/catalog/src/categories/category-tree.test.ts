// The rules of the tree: names of siblings, depth, cycles, number.
import { categoriesMax, categoryDepthMax } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { pathDoubtMs } from '../limits.ts';
import { CategoryTree, pathKeyOf } from './category-tree.ts';

const node = (id: string, name = id, parentId: string | null = null) => ({ id, name, parentId });
const tree = new CategoryTree([
  node('a', 'Apparel'),
  node('s', 'Shirts', 'a'),
  node('t', 'Tees', 's'),
  node('h', 'Home'),
]);
const chain = new CategoryTree(
  Array.from({ length: categoryDepthMax }, (_, n) => node(`c${n}`, 'same', n === 0 ? null : `c${n - 1}`)),
);
const codeOf = (work: () => unknown) => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('a path', () => {
  it('is the names from the root, found whatever their case', () => {
    expect(tree.pathOf('t')).toBe('Apparel > Shirts > Tees');
    expect(tree.pathOf('x')).toBeUndefined();
    expect(tree.idOfNames(['apparel', 'SHIRTS'])).toBe('s');
    expect(tree.idOfNames(['Shirts'])).toBeUndefined();
    expect(pathKeyOf(tree, 't')).toBe('apparel\tshirts\ttees');
  });

  it('changes for everything below a category that is renamed or moved', () => {
    expect(tree.with(node('s', 'Tops', 'h')).pathOf('t')).toBe('Home > Tops > Tees');
  });
});

describe('what shows a path', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
  const moved = tree.with({ ...node('s', 'Tops', 'a'), changedAt: at(1_000) });

  it('may be of another path than its version, once a category of it was changed later or just before', () => {
    expect([990, 1_000, 1_060].map((time) => moved.mayHaveMovedSince('t', at(time)))).toEqual([true, true, true]);
    expect(moved.mayHaveMovedSince('s', at(990))).toBe(true);
  });

  it('is of that path where it was written later, or nothing on the path was changed', () => {
    expect(moved.mayHaveMovedSince('t', at(1_000 + pathDoubtMs / 1_000 + 1))).toBe(false);
    for (const id of ['a', 'h', null]) expect(moved.mayHaveMovedSince(id, at(0))).toBe(false);
  });
});

describe('the tree', () => {
  it('knows what is below a category', () => {
    expect(tree.subtreeOf('a')).toEqual(['a', 's', 't']);
    expect(tree.subtreeOf('x')).toEqual([]);
  });

  it('refuses a name that a sibling has, in whatever case and composition, and allows it elsewhere', () => {
    expect(codeOf(() => tree.with(node('n', 'SHIRTS', 'a')))).toBe('category_taken');
    expect(codeOf(() => tree.with(node('s', 'shirts', 'a')))).toBeUndefined();
    expect(codeOf(() => tree.with(node('n', 'Shirts', 'h')))).toBeUndefined();
    expect(codeOf(() => tree.with(node('g', 'Größe')).with(node('n', 'GRÖSSE')))).toBe('category_taken');
    const cafe = tree.with(node('n', 'Caf\u00e9'));
    expect(codeOf(() => cafe.with(node('m', 'Cafe\u0301')))).toBe('category_taken');
  });

  it('refuses to move a category into itself or below itself', () => {
    for (const parentId of ['a', 's', 't']) {
      expect(codeOf(() => tree.with(node('a', 'Apparel', parentId)))).toBe('category_cycle');
    }
  });

  it('refuses an unknown parent, too many levels, and too many categories', () => {
    expect(codeOf(() => tree.with(node('n', 'New', 'x')))).toBe('unknown_category');
    expect(codeOf(() => chain.with(node('n', 'New', `c${categoryDepthMax - 1}`)))).toBe('category_too_deep');
    expect(codeOf(() => chain.with(node('n', 'New', `c${categoryDepthMax - 2}`)))).toBeUndefined();
    const beside = new CategoryTree([...chain.nodes, node('r', 'Root')]);
    expect(codeOf(() => beside.with(node('c0', 'same', 'r')))).toBe('category_too_deep');
    const full = new CategoryTree(Array.from({ length: categoriesMax }, (_, n) => node(`n${n}`)));
    expect(codeOf(() => full.with(node('one more')))).toBe('too_many_categories');
    expect(codeOf(() => full.with(node('n0', 'renamed')))).toBeUndefined();
  });
});
