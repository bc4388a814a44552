// The process of realtime.
import { serve } from '@holdfast/shared/service/serve';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

await serve({ name: 'realtime', readConfig, open: openDeps, build: buildApp });
