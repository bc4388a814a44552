// Where the CPU time of a service goes, from the profile that Node wrote when the service stopped: by package or
// folder, and by function. Times are of the function itself, without what it calls.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type ProfileNode = { id: number; callFrame: { functionName: string; url: string; lineNumber: number } };
type Profile = { nodes: ProfileNode[]; samples: number[]; timeDeltas: number[]; endTime: number };

export type Share = { name: string; ms: number };
export type Hotspots = { service: string; busyMs: number; packages: Share[]; functions: Share[] };

/** What Node needs to write a profile into `folder` when it ends. */
export const profilingEnv = (folder: string) => ({ NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` });

/** Node's names for time in which no JavaScript ran. */
const notWork = new Set(['(idle)', '(root)']);

/** The package or our own file of a frame. */
function placeOf(url: string): string {
  if (url === '') return 'native';
  if (url.startsWith('node:')) return url.replace(/^(node:internal\/[^/]+|node:[^/]+).*/, '$1');
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  return installed ?? url.replace(/.*\/(services|packages)\//, '$1/');
}

function hottest(times: ReadonlyMap<string, number>, count: number): Share[] {
  const sorted = [...times].sort((a, b) => b[1] - a[1]).slice(0, count);
  return sorted.map(([name, us]) => ({ name, ms: Math.round(us / 1_000) }));
}

/** Reads one profile; only the last `seconds` of it are looked at when given. */
export function readProfile(file: string, seconds = Number.POSITIVE_INFINITY): Hotspots {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const [packages, functions] = [new Map<string, number>(), new Map<string, number>()];
  const add = (times: Map<string, number>, name: string, us: number) => times.set(name, (times.get(name) ?? 0) + us);
  let [leftUs, busyUs, service] = [seconds * 1e6, 0, ''];
  for (const { url } of byId.values()) service ||= /\/services\/([^/]+)\/src\/main\.ts$/.exec(url)?.[1] ?? '';
  for (let index = samples.length - 1; index >= 0 && leftUs > 0; index--) {
    const us = timeDeltas[index]!;
    leftUs -= us;
    const { functionName, url, lineNumber } = byId.get(samples[index]!)!;
    if (notWork.has(functionName)) continue;
    busyUs += us;
    const place = placeOf(url);
    add(packages, place, us);
    add(functions, `${functionName || '(anonymous)'} ${place}${url ? `:${lineNumber + 1}` : ''}`, us);
  }
  return {
    service,
    busyMs: Math.round(busyUs / 1_000),
    packages: hottest(packages, 20),
    functions: hottest(functions, 40),
  };
}

/** All profiles of services in a folder, as text: what they did in their last `seconds`. */
export function describeProfiles(folder: string, seconds: number): string {
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => readProfile(join(folder, name), seconds))
    .filter(({ service }) => service !== '');
  const lines = ({ busyMs }: Hotspots, shares: readonly Share[]) =>
    shares.map(({ name, ms }) => `  ${((100 * ms) / busyMs).toFixed(1).padStart(5)} %  ${name}`);
  return all
    .sort((a, b) => b.busyMs - a.busyMs)
    .map((one) => {
      const head = `${one.service}: ${(one.busyMs / 1_000).toFixed(1)} s busy`;
      return [head, ' by place', ...lines(one, one.packages), ' by function', ...lines(one, one.functions)].join('\n');
    })
    .join('\n\n');
}
