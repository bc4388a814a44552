// `npm run operator -- rotate-signing-key`: what the operator of an installation does, through internal routes.
import { readCommand } from './commands.ts';
import { readConfig } from './config.ts';
import { reconcileAll } from './reconcile.ts';
import { send } from './send.ts';

try {
  const command = readCommand(process.argv.slice(2));
  if (command === 'reconcile') {
    const isSound = await reconcileAll(readConfig(process.env, 'inventory'), console.log);
    if (!isSound) process.exitCode = 1;
  } else console.log(await send(readConfig(), command.path, command.body));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
