// The test projects, one per level. Only those that talk to real servers start them; a project's name is what
// `npm test -- <name>` takes.
import { defineConfig } from 'vitest/config';

const code = '{services,packages,tools,apps}/**/src/**';
const servers = { globalSetup: ['./tests/setup/global.ts'], testTimeout: 30_000, hookTimeout: 60_000 };

/** Each group runs after the one before, so that journeys with six services do not compete with the small tests. */
const group = (order: number, maxWorkers: number) => ({ maxWorkers, sequence: { groupOrder: order } });

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [`${code}/*.{test,property.test}.ts`, 'bench/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/node_modules/**'],
          ...group(0, 2),
        },
      },
      {
        test: {
          name: 'architecture',
          include: ['tests/architecture/**/*.test.ts'],
          testTimeout: 30_000,
          ...group(0, 2),
        },
      },
      {
        test: { name: 'simulation', include: ['tests/simulation/**/*.test.ts'], testTimeout: 60_000, ...group(0, 2) },
      },
      {
        test: { name: 'integration', include: [`${code}/*.int.test.ts`], ...servers, ...group(1, 2) },
      },
      {
        test: { name: 'tenancy', include: ['tests/tenancy/**/*.test.ts'], ...servers, ...group(1, 2) },
      },
      {
        test: { name: 'contract', include: ['tests/contract/**/*.test.ts'], ...group(0, 2) },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['./tests/setup/platform.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...group(2, 1),
        },
      },
      {
        test: {
          name: 'api',
          include: ['tests/api/**/*.test.ts'],
          globalSetup: ['./tests/setup/platform.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          ...group(3, 1),
        },
      },
      {
        test: {
          name: 'profile',
          include: ['tests/profile/**/*.test.ts'],
          globalSetup: ['./tests/setup/platform.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          ...group(4, 1),
        },
      },
      {
        test: {
          name: 'performance',
          include: ['bench/**/*.int.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          ...group(2, 1),
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['tests/chaos/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          ...group(4, 1),
        },
      },
    ],
  },
});
