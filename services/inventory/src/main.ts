// The process of inventory.
import { serve } from '@holdfast/shared/service/serve';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

await serve({ name: 'inventory', readConfig, open: openDeps, build: buildApp });
