// What a piece of synchronous work costs, for tests of bounds. CPU time of this thread:
// a busy machine does not lengthen it.

/** CPU milliseconds of the cheapest of three runs, so that neither compiling nor collecting garbage is counted. */
export function cpuMs(work: () => unknown): number {
  const runs = [1, 2, 3].map(() => {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...runs);
}
