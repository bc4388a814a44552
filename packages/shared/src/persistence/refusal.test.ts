// A refusal cannot be caught away, whichever layer would stop the commit as well.
import { expect, it } from 'vitest';
import { failOnRefusal, leaveWatch, refuse } from './refusal.ts';

const caught = async () => {
  await Promise.resolve();
  try {
    refuse('not scoped');
  } catch {
    return 'went on';
  }
};

it('a refusal that work caught is thrown all the same', async () => {
  await expect(failOnRefusal(caught)).rejects.toThrow('not scoped');
  await expect(failOnRefusal(async () => 'fine')).resolves.toBe('fine');
});

it('a refusal wins over what work throws later', async () => {
  const later = async () => {
    await caught();
    throw new Error('later');
  };
  await expect(failOnRefusal(later)).rejects.toThrow('not scoped');
});

it('a refusal in work that belongs to others is theirs', async () => {
  await expect(failOnRefusal(async () => leaveWatch(caught))).resolves.toBe('went on');
});
