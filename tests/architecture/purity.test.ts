// Pure files hold the rules of the business: what they answer follows from what they are given, so that a unit test, a
// batch and the simulation all decide alike. A file in a feature folder of a service is pure when neither it nor what
// it imports waits for anything (no async, await, Promise) and its suffix gives it no other role.
import { expect, it } from 'vitest';
import { codeOf, files, type Import, importsOf, isTest } from './tree.ts';

/** The gateway owns nothing, so it has no rules of the business. */
const isService = (file: string) => /^services\/(?!gateway\/)[^/]+\/src\/.+\//.test(file) && !isTest(file);
const hasRole = (file: string) => /\.(store|routes|job|worker|process)\.ts$/.test(file);

/** The files of a feature folder; those directly below src are the frame, where clock and connections come from. */
const candidates = files.filter((file) => isService(file) && !hasRole(file));
const runtimeImports = (file: string) => importsOf(file).filter(({ typeOnly }) => !typeOnly);
// Sockets are waited for by listening instead of by promises.
const waits = (file: string) =>
  /\b(async|await|Promise)\b/.test(codeOf(file)) ||
  runtimeImports(file).some(({ from }) => /^(ws|socket\.io)$/.test(from));
const waiting = new Set(candidates.filter(waits));
// What imports a file that waits can wait too, through it.
for (let before = -1; before !== waiting.size; ) {
  before = waiting.size;
  for (const file of candidates) if (runtimeImports(file).some(({ from }) => waiting.has(from))) waiting.add(file);
}
const pure = candidates.filter((file) => !waiting.has(file));

const impure: [RegExp, string][] = [
  [/\bnew Date\(\)|\bDate\.now\(|\bperformance\.|\bsystemClock\b/, 'the clock: take `now` or a Clock as an argument'],
  [/\bset(Timeout|Interval|Immediate)\(/, 'timers: take a Clock as an argument'],
  [
    /\bMath\.random\(|\brandom(UUID|Bytes|Int)\(|\bnewId\(|\bsystemRandom\b/,
    'chance: take the id or Random as an argument',
  ],
  [/\bprocess\.|\bconsole\./, 'the process: pass what is needed'],
  [/\bfetch\(/, 'the network'],
];

const ioPackages =
  /^(mongoose|mongodb|ioredis|bullmq|redlock|fastify|undici|socket\.io|piscina|@holdfast\/shared\/(redis|persistence|telemetry|messaging|jobs|http|process|service|testing)\b)/;
const ioModules = /^node:(?!(crypto|buffer|util|assert|net)$)/;
/** node:net also knows addresses, which are text. */
const isAddressing = ({ from, names }: Import) =>
  from === 'node:net' && names.every((name) => /^isIP|^BlockList$/.test(name));

function isImpureImport(one: Import): boolean {
  if (one.from.startsWith('services/')) return hasRole(one.from) || /\/src\/(main|app|config|deps)\.ts$/.test(one.from);
  if (one.from === 'node:net') return !isAddressing(one);
  return ioPackages.test(one.from) || ioModules.test(one.from);
}

/** State that every caller of a process shares: it outlives a test, a tenant and a simulated crash. */
const moduleState =
  /^(?:export )?(?:let \w+|const (\w+)[^=\n]* = (?:new (?:Map|Set|WeakMap|WeakSet)(?:<.*>)?\(\)|\[\]|\{\}|new LRUCache|boundedMap[<(]))/gm;

it('finds the pure files', () => {
  expect(pure.length).toBeGreaterThanOrEqual(40);
  for (const name of ['adjust-stock', 'reserve-stock', 'stock-level', 'order', 'new-order', 'product', 'variant']) {
    const advice = `${name}.ts decides; what waits belongs to the use case that calls it`;
    expect(
      pure.some((file) => file.endsWith(`/${name}.ts`)),
      advice,
    ).toBe(true);
  }
});

it.each(pure)('%s knows no clock, chance, process or I/O', (file) => {
  const found = impure.filter(([pattern]) => pattern.test(codeOf(file))).map(([, advice]) => advice);
  expect(found, `${file} is pure because it waits for nothing; move this to its caller`).toEqual([]);
  const foreign = runtimeImports(file).filter(isImpureImport);
  expect(
    foreign.map(({ from }) => from),
    `${file} is pure, so it imports nothing that does I/O; import the type only, or take the result as an argument`,
  ).toEqual([]);
});

it.each(pure)('%s has no mutable state of its module', (file) => {
  const found = [...codeOf(file).matchAll(moduleState)].map(([line]) => line);
  expect(found, `${file}: return it from a factory that deps.ts calls, or make it a constant`).toEqual([]);
});
