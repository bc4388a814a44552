import { emptyData, memoryStore } from './memory-store.fixture.ts';
import { describeStore } from './store-conformance.fixture.ts';

describeStore('the store of the tests', () => {
  let nowMs = 0;
  return {
    store: memoryStore(emptyData(), { monotonicMs: () => nowMs }),
    pass: (ms) => {
      nowMs += ms;
    },
  };
});
