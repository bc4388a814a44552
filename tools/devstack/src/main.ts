// `npm start`: the whole platform on this machine until Ctrl-C. Shows what it does, ends only when everything that it
// started has ended.
import { join } from 'node:path';
import { readStartConfig, type StartConfig } from './config.ts';
import { mailLogOf } from './environment.ts';
import { parentPollMs, secondSignalMs } from './limits.ts';
import { type Platform, startPlatform } from './platform.ts';
import { demoText, happeningText, urlsText } from './screen.ts';
import { readDemo } from './seed.ts';

const print = (line: string) => console.log(line);
// A closed terminal must not turn a stop into a crash.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** Aborts with the first Ctrl-C, SIGTERM, closed terminal or lost parent; `onSecond` with a later one. */
function stopSignal(config: StartConfig, onSecond: () => void): AbortSignal {
  const abort = new AbortController();
  let firstMs = 0;
  const ask = () => {
    if (abort.signal.aborted) {
      if (Date.now() - firstMs > secondSignalMs) onSecond();
      return;
    }
    firstMs = Date.now();
    print('\nstopping (Ctrl-C again to kill)');
    abort.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
  const watch = setInterval(() => {
    if (config.parentPid !== undefined && process.ppid !== config.parentPid) abort.abort();
  }, parentPollMs);
  watch.unref();
  return abort.signal;
}

function start(config: StartConfig, signal: AbortSignal): Promise<Platform> {
  return startPlatform({
    ...config,
    ports: 'default',
    signal,
    log: print,
    onHappening: (happening) => print(happeningText(happening)),
  });
}

async function main(): Promise<void> {
  const startedMs = Date.now();
  const config = readStartConfig();
  let platform: Platform | undefined;
  const signal = stopSignal(config, () => {
    platform?.killAll();
    process.exit(1);
  });
  try {
    platform = await start(config, signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  const { dataDir, hasMailServer } = config;
  const places = { logsDir: join(dataDir, 'logs'), mailLog: hasMailServer ? undefined : mailLogOf(dataDir) };
  print(urlsText(platform, (Date.now() - startedMs) / 1000, places));
  const demo = readDemo(config.dataDir);
  if (demo) print(demoText(demo));
  // Holds the process until the stop is asked for; the supervised children would hold it as well.
  const hold = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  clearInterval(hold);
  await platform.stop();
  print('stopped');
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
