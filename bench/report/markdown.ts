// A run as a page: goals first, then every segment, then where the CPU time goes, then what it was measured on.
import { cpuOf, type Goal, type Note, rate } from '../measure/measurement.ts';
import { comparisonSection } from './comparison.ts';
import { shown, spread, table } from './table.ts';
import type { Run } from './write.ts';

/** One line per goal and note, for the terminal. */
export function goalLines(run: Run): string[] {
  const line = (scenario: string, { text, measured, unit }: Note, verdict: string) =>
    `${scenario.padEnd(5)} ${verdict.padEnd(7)} ${text}: ${shown(measured.median)} ${unit} (${shown(measured.min)} to ${shown(measured.max)})`;
  return run.scenarios.flatMap(({ name, goals, notes }) => [
    ...goals(run.rounds).map((goal) => line(name, goal, goal.met ? 'met' : 'MISSED')),
    ...(notes?.(run.rounds) ?? []).map((note) => line(name, note, '')),
  ]);
}

function goalTable(run: Run): string {
  const goalRow = (scenario: string, goal: Goal | Note) => [
    scenario.toUpperCase(),
    goal.text,
    `${spread(goal.measured)} ${goal.unit}`,
    'met' in goal ? (goal.met ? 'met' : '**MISSED**') : '',
  ];
  const rows = run.scenarios.flatMap(({ name, goals, notes }) =>
    [...goals(run.rounds), ...(notes?.(run.rounds) ?? [])].map((goal) => goalRow(name, goal)),
  );
  return table(['scenario', 'goal', 'min / **median** / max over the rounds', ''], rows);
}

function segmentTable({ segments, rounds }: Run): string {
  const rows = segments.map(({ name, what }) => {
    const of = (figure: Parameters<typeof rounds.spread>[1]) => spread(rounds.spread(name, figure));
    const latency = rounds.of(name).every(({ latencyMs }) => latencyMs !== undefined);
    return [
      name,
      what,
      `${of(rate)} ${rounds.of(name)[0]!.counted}/s`,
      of(cpuOf),
      ...(['p50', 'p90', 'p99'] as const).map((p) => (latency ? of((one) => one.latencyMs![p]) : '')),
    ];
  });
  return table(['', 'what', 'rate', 'CPU µs each, all processes', 'p50 ms', 'p90 ms', 'p99 ms'], rows);
}

function cpuTable({ segments, rounds }: Run): string {
  const names = [...new Set(segments.flatMap(({ name }) => Object.keys(rounds.of(name)[0]!.cpuUs)))];
  const rows = segments.map(({ name }) => [
    name,
    ...names.map((process) => {
      const used = process in rounds.of(name)[0]!.cpuUs;
      return used ? shown(rounds.spread(name, ({ cpuUs }) => cpuUs[process] ?? 0).median) : '';
    }),
    `**${shown(rounds.spread(name, cpuOf).median)}**`,
  ]);
  return table(['CPU µs each', ...names, 'sum'], rows);
}

function otherFigures({ segments, rounds }: Run): string {
  return segments
    .flatMap(({ name }) =>
      Object.keys(rounds.of(name)[0]!.figures ?? {}).map(
        (figure) => `- ${name}, ${figure}: ${spread(rounds.spread(name, ({ figures }) => figures?.[figure] ?? 0))}`,
      ),
    )
    .join('\n');
}

function circumstances({ machine, pace, platform, at, before }: Run): string {
  const { dataSet } = pace;
  const memory = Object.entries(platform?.memoryMib ?? {});
  const withoutMongod = memory.filter(([name]) => name !== 'mongod').reduce((sum, [, mib]) => sum + mib, 0);
  return [
    `- ${at}, commit ${machine.commit}`,
    `- ${machine.processor}, ${machine.threads} threads, ${machine.memoryGib} GiB, Linux ${machine.kernel}; load generator on the same machine, in a process of its own that is not counted`,
    `- Node ${machine.node}, ${machine.mongodb}, Redis ${machine.redis}`,
    `- ${Object.entries(machine.libraries)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- data set: ${dataSet.tenants} tenants, ${dataSet.tenants * dataSet.variantsPerTenant} variants; flash sale of ${pace.hotUnits} units to ${2 * pace.hotUnits} buyers; ${pace.bundleOrders} bundles`,
    `- ${pace.warmUpRounds} warm-up and ${pace.rounds} counted rounds, each segment once per round, ${pace.seconds} s where bounded by time`,
    ...(before
      ? [
          `- before is ${before.ref}, commit ${before.commit.slice(0, 7)}: its services, settings and libraries, measured by this tree`,
        ]
      : []),
    ...(platform
      ? [
          `- platform ready ${platform.startSeconds.toFixed(1)} s after its start; memory at the end without MongoDB ${withoutMongod} MiB (${memory.map(([name, mib]) => `${name} ${mib}`).join(', ')})`,
        ]
      : []),
  ].join('\n');
}

/** The page. */
export function toMarkdown(run: Run, chart: string): string {
  const verdict =
    run.broken.length === 0
      ? 'All invariants hold after the run: levels are the sums of their ledgers, what is reserved is what confirmed orders hold, nothing is oversold, nothing is pending, no order was lost or placed twice.'
      : `**THIS RUN IS VOID.**\n\n${run.broken.map((flaw) => `- ${flaw}`).join('\n')}`;
  const asked = run.scenarios.map(({ name }) => name).join(' ');
  return `# Benchmark

\`npm run bench -- ${asked}${run.quick ? ' --quick' : ''}${run.before ? ` --against ${run.before.ref}` : ''}\`. Machines are shared and noisy: compare figures of one run only.

${verdict}

${run.before ? comparisonSection(run.before, run.rounds) : ''}## Goals

${goalTable(run)}

## Segments

${segmentTable(run)}

![rates and CPU](${chart})

## Where the CPU time goes

${cpuTable(run)}

${otherFigures(run)}

## Measured on

${circumstances(run)}
`;
}
