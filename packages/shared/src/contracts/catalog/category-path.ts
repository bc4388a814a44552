// How a category is named: by its id, or by the names from the root, `Apparel > Shirts`.
import { categoryDepthMax, categoryNameLengthMax } from '../bounds.ts';
import { isVisible, textField } from '../text.ts';

const separator = '>';

/** The names of a path, from the root. */
export const namesOfCategoryPath = (path: string) => path.split(separator).map((name) => name.trim());
/** The path of names, from the root. */
export const categoryPathOf = (names: readonly string[]) => names.join(` ${separator} `);
/** True for text that can only be meant as an id. */
export const isCategoryId = (text: string) => /^cat_[a-z2-7]{26}$/.test(text);

/** One name, which no path can be mistaken for. */
export const categoryNameField = textField({ max: categoryNameLengthMax }).refine(
  (name) => !name.includes(separator),
  `must not contain ${separator}`,
);

/** An id or a path; a path of one name is a category at the root. */
export const categoryField = textField({ max: categoryDepthMax * (categoryNameLengthMax + 3) })
  .refine((text) => namesOfCategoryPath(text).length <= categoryDepthMax, `has more than ${categoryDepthMax} levels`)
  .refine(
    (text) => namesOfCategoryPath(text).every((name) => name.length <= categoryNameLengthMax && isVisible(name)),
    `needs names of 1 to ${categoryNameLengthMax} characters between ${separator}`,
  )
  .describe('A category: its id, or the names from the root (`Apparel > Shirts`).');
