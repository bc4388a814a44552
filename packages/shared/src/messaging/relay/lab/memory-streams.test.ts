import { createMemoryStreams } from './memory-streams.ts';
import { streamsConformance } from './streams-conformance.ts';

streamsConformance('in memory', async () => {
  const memory = createMemoryStreams();
  return {
    port: memory,
    entries: async (partition) => memory.entries(partition),
    async add(partition, id) {
      const stream = memory.streams.get(partition) ?? { entries: [], lastId: '0-0' };
      stream.entries.push([id, 'foreign']);
      stream.lastId = id;
      memory.streams.set(partition, stream);
    },
    async dropStream(partition) {
      memory.streams.delete(partition);
    },
    async publishCursor(partition, consumer, text) {
      memory.cursors.set(partition, new Map([[consumer, text]]));
    },
    end: async () => {},
  };
});
