// The process of auth.
import { serve } from '@holdfast/shared/service/serve';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

await serve({ name: 'auth', readConfig, open: openDeps, build: buildApp });
