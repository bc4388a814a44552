// `npm run bench -- <scenario>`: runs a scenario on the whole platform, on real MongoDB and Redis, and ends with a check of the books.
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { startPlatform } from '@holdfast/devstack';
import { measureIdle } from './idle.ts';
import type { Report } from './report.ts';
import { openShop, type Shop } from './shop.ts';

const scenarios: Record<string, (shop: Shop) => Promise<Report>> = { idle: measureIdle };
const results = join(import.meta.dirname, 'results');

async function run(name: string, scenario: (shop: Shop) => Promise<Report>): Promise<boolean> {
  const dataDir = join(import.meta.dirname, '../.data/bench', String(process.pid));
  mkdirSync(dataDir, { recursive: true });
  console.log(`${name}: starting the platform`);
  const platform = await startPlatform({ ports: 'free', dataDir, env: { RATE_LIMITS: 'off', LOG_LEVEL: 'warn' } });
  try {
    const report = await scenario(await openShop(platform.gatewayUrl));
    print(report);
    mkdirSync(results, { recursive: true });
    const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} threads`;
    const record = { at: new Date().toISOString(), node: process.version, machine, ...report };
    appendFileSync(join(results, `${name}.jsonl`), `${JSON.stringify(record)}\n`);
    return report.broken.length === 0;
  } finally {
    await platform.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function print(report: Report): void {
  console.log(`\n${report.scenario}: ${report.what}`);
  for (const [name, value] of Object.entries(report.figures)) console.log(`  ${name.padEnd(24)} ${value}`);
  for (const goal of report.goals) console.log(`  goal ${goal.text.padEnd(19)} ${goal.met ? 'met' : 'MISSED'}`);
  for (const flaw of report.broken) console.log(`  BROKEN ${flaw}`);
  console.log(report.broken.length === 0 ? '  books balance' : '  this run is void: the books do not balance');
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  console.error(`unknown scenario ${unknown.join(', ')}; there are: ${Object.keys(scenarios).join(', ')}`);
  process.exit(2);
}
let sound = true;
for (const name of wanted.length > 0 ? wanted : Object.keys(scenarios))
  sound = (await run(name, scenarios[name]!)) && sound;
process.exit(sound ? 0 : 1);
