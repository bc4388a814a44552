// Work of one tenant in turn: transactions of this process on the same documents would only undo one another. Speed
// only; correctness does not depend on it, and other replicas take no turns with this one.

export type Turns = {
  /** Runs the work once everything that was asked for this tenant before has ended. */
  take<T>(tenantId: string, work: () => Promise<T>): Promise<T>;
};

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    async take(tenantId, work) {
      const before = last.get(tenantId);
      const { promise: mine, resolve: end } = Promise.withResolvers<void>();
      last.set(tenantId, mine);
      try {
        await before;
        return await work();
      } finally {
        end();
        if (last.get(tenantId) === mine) last.delete(tenantId);
      }
    },
  };
}
