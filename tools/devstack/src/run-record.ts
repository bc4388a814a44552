// What a running platform writes about itself into its data folder, kept up to date.
// Invariant: a folder that cannot be written (a full disk) never stops what runs.
import { join } from 'node:path';
import type { Instance, Placement } from './placement.ts';
import { type RunningProcess, removeRunFile, writeRunFile } from './run-file.ts';
import type { Supervisor } from './supervisor.ts';

export interface RunRecord {
  /** Writes what runs now. */
  save(): void;
  /** Tells the next start that this one is on its way out. */
  stopping(): void;
  remove(): void;
}

export interface RunRecordOptions {
  readonly file: string;
  readonly dataDir: string;
  readonly placement: Placement;
  readonly supervisor: Supervisor;
  readonly log: (line: string) => void;
}

/** Part of an instance's command line by which it is recognised as ours. */
function markerOf({ component, port }: Instance, dataDir: string): string {
  if (component.kind === 'mongod') return join(dataDir, 'mongodb');
  return component.kind === 'service' ? join('services', component.name, 'src', 'main.ts') : `:${port}`;
}

/** The record of this platform in a folder that it has claimed. */
export function openRunRecord({ file, dataDir, placement, supervisor, log }: RunRecordOptions): RunRecord {
  let isStopping = false;
  const save = () => {
    const processes: Record<string, RunningProcess> = {};
    for (const instance of placement.instances) {
      const pid = supervisor.processes.get(instance.name)?.pid;
      const marker = markerOf(instance, dataDir);
      if (pid) processes[instance.name] = { pid, port: instance.port, url: instance.url, marker };
    }
    try {
      writeRunFile(file, { isStopping, gatewayUrl: placement.gatewayUrl, processes });
    } catch (error) {
      log(`${file} could not be written: ${(error as Error).message}`);
    }
  };
  return {
    save,
    stopping() {
      isStopping = true;
      save();
    },
    remove: () => removeRunFile(file),
  };
}
