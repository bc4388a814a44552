// The process of the catalog.
import { serve } from '@holdfast/shared/service/serve';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

await serve({ name: 'catalog', readConfig, open: openDeps, build: buildApp });
