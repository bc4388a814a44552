// The process of orders.
import { serve } from '@holdfast/shared/service/serve';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

await serve({ name: 'orders', readConfig, open: openDeps, build: buildApp });
