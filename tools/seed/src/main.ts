// Loads the demo data through the public API of a running platform; a second run finds it complete.
import { readConfig } from './config.ts';
import { connect } from './connect.ts';
import { orderExample, signInsOf, writeDemo } from './demo-file.ts';
import { electronics } from './electronics.ts';
import { fashion } from './fashion.ts';
import { seedBusiness } from './seed-business.ts';

const { gatewayUrl, demoFile } = readConfig();
const started = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(5)} s  ${line}`);

async function main(): Promise<void> {
  const api = connect(gatewayUrl);
  const [shop] = await Promise.all([seedBusiness(api, fashion, tell), seedBusiness(api, electronics, tell)]);
  const curl = orderExample(gatewayUrl, fashion, shop.exampleVariantId);
  writeDemo(demoFile, { signIns: signInsOf([fashion, electronics]), curl });
  tell(`sign-ins and an example are in ${demoFile}`);
}

try {
  await main();
} catch (error) {
  console.error(
    `The demo data could not be loaded from ${gatewayUrl}: ${error instanceof Error ? error.message : error}`,
  );
  process.exit(1);
}
