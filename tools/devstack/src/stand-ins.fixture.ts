// Stand-ins for services: small processes that the real supervisor and platform start, to see what becomes of them.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessSpec } from './child.ts';
import { type SpecContext, specFor } from './instances.ts';
import type { Instance } from './placement.ts';
import { type Platform, type PlatformOptions, startPlatform } from './platform.ts';
import type { Component } from './stack.ts';
import type { Happening } from './supervisor.ts';

export const standInScript = join(import.meta.dirname, '../fixtures/fake-service.mjs');

/** What a stand-in tells about itself. */
export interface Answer {
  readonly pid: number;
  readonly worker: number;
  readonly env: Readonly<Record<string, string>>;
}

export const ask = async (url: string) => (await (await fetch(`${url}/`)).json()) as Answer;

type Links = { knows?: readonly string[]; replicated?: boolean };

function component(name: string, needs: readonly string[], { knows = [], replicated = false }: Links = {}): Component {
  return { name, kind: 'service', port: 9000, address: `${name.toUpperCase()}_URL`, needs, knows, replicated };
}

/** A graph like the real one: the gateway last, and a worker that knows it all the same. */
export const standInStack: readonly Component[] = [
  component('store', []),
  component('worker', ['store'], { knows: ['gateway'], replicated: true }),
  component('gateway', ['store', 'worker']),
];

export interface StandIns {
  readonly folder: string;
  readonly happenings: Happening[];
  /** Starts the stand-ins; `modes` maps an instance's name to how it misbehaves. */
  start(modes?: Readonly<Record<string, string>>, options?: Partial<PlatformOptions>): Promise<Platform>;
  /** Starts and stops, in their order, as `start worker`. */
  journal(): string[];
  /** Stops all that `start` started and removes the folder. */
  close(): Promise<void>;
}

/** Platforms of stand-ins with their data in this folder. */
export function standIns(folder: string): StandIns {
  const platforms: Platform[] = [];
  const happenings: Happening[] = [];
  const journal = join(folder, 'journal');
  const specOf = (modes: Readonly<Record<string, string>>) => {
    return async (instance: Instance, context: SpecContext): Promise<ProcessSpec> => {
      const spec = await specFor(instance, context);
      const mode = modes[instance.name] ?? '';
      return {
        ...spec,
        args: [standInScript],
        env: { ...spec.env, NAME: instance.name, JOURNAL: journal, MODE: mode },
        readyTimeoutMs: mode === 'never' ? 300 : 20_000,
        stopGraceMs: 400,
      };
    };
  };
  return {
    folder,
    happenings,
    async start(modes = {}, options = {}) {
      const platform = await startPlatform({
        ports: 'free',
        dataDir: folder,
        stack: standInStack,
        specFor: specOf(modes),
        onHappening: (happening) => happenings.push(happening),
        ...options,
      });
      platforms.push(platform);
      return platform;
    },
    journal: () => readFileSync(journal, 'utf8').trim().split('\n'),
    async close() {
      await Promise.all(platforms.map((platform) => platform.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
