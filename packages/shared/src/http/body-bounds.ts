// How much a JSON body may hold, and what it must not. Invariant: nothing that takes longer than a few milliseconds is
// done with a body before it has passed this file, and no reserved key and no text that cannot be stored as it was sent
// gets past it.
import { isReservedKey } from '../contracts/index.ts';
import { DomainError } from '../errors/index.ts';
import { bodyDepthMax, bodyItemsPerArrayMax, bodyKeysPerObjectMax, bodyValuesMax, echoedTextMax } from './limits.ts';
import { pointer } from './validation.ts';

const tooDeep = ['too_deep', `At most ${bodyDepthMax} levels.`] as const;
const tooManyItems = ['too_many_items', `At most ${bodyItemsPerArrayMax} items.`] as const;
const tooManyKeys = ['too_many_keys', `At most ${bodyKeysPerObjectMax} keys.`] as const;
const tooManyValues = ['too_many_values', `At most ${bodyValuesMax} values.`] as const;

/**
 * Throws `validation_failed` for a text that holds more than a body may, before any of it is made. Only a long text can
 * hold so much that parsing it would be felt; what is short is looked at afterwards,
 * when it can be told where it is wrong.
 */
export function refuseHugeText(text: string): void {
  // A value takes two characters at least, itself and what separates it.
  if (text.length <= bodyValuesMax) return;
  const open: { isArray: boolean; count: number }[] = [];
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfText(text, at + 1);
    else if (character === '[' || character === '{') {
      if (open.push({ isArray: character === '[', count: 1 }) > bodyDepthMax) refuse([], tooDeep);
      values += 1;
    } else if (character === ']' || character === '}') open.pop();
    else if (character === ',') {
      countOne(open.at(-1));
      values += 1;
    }
    if (values > bodyValuesMax) refuse([], tooManyValues);
  }
}

function countOne(container: { isArray: boolean; count: number } | undefined): void {
  if (container === undefined) return;
  container.count += 1;
  if (container.isArray && container.count > bodyItemsPerArrayMax) refuse([], tooManyItems);
  if (!container.isArray && container.count > bodyKeysPerObjectMax) refuse([], tooManyKeys);
}

function endOfText(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** An array or object that is still to be looked into, and where it is. */
type Place = { value: object; key: string | number; parent: Place | undefined; depth: number };

/**
 * Throws `validation_failed`, with a pointer, for what nests or spreads too far,
 * for reserved keys and for malformed text.
 */
export function refuseHostile(body: unknown): void {
  const waiting: Place[] = [];
  const visit = (value: unknown, key: string | number, parent: Place | undefined) => {
    if (typeof value === 'string') {
      if (!isStorable(value)) refuseText(parent, key);
    } else if (value !== null && typeof value === 'object') {
      waiting.push({ value, key, parent, depth: (parent?.depth ?? 0) + 1 });
    }
  };
  visit(body, '', undefined);
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (place.depth > bodyDepthMax) refuse(pathOf(place), tooDeep);
    if (Array.isArray(place.value)) visitItems(place.value, place, visit);
    else visitFields(place.value as Record<string, unknown>, place, visit);
  }
}

type Visit = (value: unknown, key: string | number, parent: Place) => void;

function visitItems(items: readonly unknown[], place: Place, visit: Visit): void {
  if (items.length > bodyItemsPerArrayMax) refuse(pathOf(place), tooManyItems);
  for (let n = 0; n < items.length; n += 1) visit(items[n], n, place);
}

function visitFields(fields: Readonly<Record<string, unknown>>, place: Place, visit: Visit): void {
  let count = 0;
  for (const key in fields) {
    count += 1;
    if (count > bodyKeysPerObjectMax) refuse(pathOf(place), tooManyKeys);
    if (isReservedKey(key))
      refuse(pathOf(place), ['reserved_key', `Has the reserved key ${key.slice(0, echoedTextMax)}.`]);
    if (!isStorable(key)) refuseText(place, key);
    visit(fields[key], key, place);
  }
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function pathOf(place: Place | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = place; at?.parent !== undefined; at = at.parent) path.unshift(at.key);
  return path;
}

function refuseText(parent: Place | undefined, key: string | number): never {
  const path = parent === undefined ? [] : [...pathOf(parent), key];
  return refuse(path, ['invalid_text', 'Text is well-formed Unicode without U+0000.']);
}

function refuse(path: readonly (string | number)[], [code, message]: readonly [string, string]): never {
  throw new DomainError('validation_failed', {
    detail: 'The body holds too much, or something that no body may hold.',
    errors: [{ pointer: pointer(path), code, message }],
  });
}
