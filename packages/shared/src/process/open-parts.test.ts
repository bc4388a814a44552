import { describe, expect, it } from 'vitest';
import { createLogger } from '../telemetry/index.ts';
import { openParts, type Parts } from './open-parts.ts';

/** Parts that write down what happens to them. */
function rig(signal?: AbortSignal) {
  const closed: string[] = [];
  const logged: string[] = [];
  const destination = { write: (line: string) => void logged.push(JSON.parse(line).part) };
  const log = createLogger({ service: 'test', destination });
  const opens = (parts: Parts, name: string) =>
    parts.open(
      name,
      async () => name,
      (part) => closed.push(part),
    );
  const run = <T extends object>(open: (parts: Parts) => Promise<T>) => openParts({ log, signal }, open);
  return { closed, logged, opens, run };
}

describe('parts of a process', () => {
  it('are what was opened, and close in reverse, once', async () => {
    const { closed, opens, run } = rig();
    const opened = await run(async (parts) => {
      const first = await opens(parts, 'first');
      parts.onClose('second', () => closed.push('second'));
      return { first, third: await opens(parts, 'third') };
    });
    expect(opened).toMatchObject({ first: 'first', third: 'third' });
    expect(closed).toEqual([]);
    await Promise.all([opened.close(), opened.close()]);
    await opened.close();
    expect(closed).toEqual(['third', 'second', 'first']);
  });

  it('each wait for the one after it to be closed', async () => {
    const { closed, run } = rig();
    const slow = Promise.withResolvers<void>();
    const opened = await run(async (parts) => {
      parts.onClose('first', () => closed.push('first'));
      parts.onClose('second', () => slow.promise);
      return {};
    });
    const closing = opened.close();
    await new Promise(setImmediate);
    expect(closed).toEqual([]);
    slow.resolve();
    await closing;
    expect(closed).toEqual(['first']);
  });

  it('are closed, once and in reverse, when a later one does not open', async () => {
    const { closed, opens, run } = rig();
    const failing = run(async (parts) => {
      await opens(parts, 'first');
      await opens(parts, 'second');
      await parts.open('third', () => Promise.reject(new Error('no third')));
      return { never: await opens(parts, 'fourth') };
    });
    await expect(failing).rejects.toThrow('no third');
    expect(closed).toEqual(['second', 'first']);
  });

  it('are closed when one throws at once, or anything else between them does', async () => {
    const { closed, opens, run } = rig();
    const throws = () => {
      throw new Error('no second');
    };
    const failing = run(async (parts) => {
      await opens(parts, 'first');
      await parts.open('second', throws);
      return {};
    });
    await expect(failing).rejects.toThrow('no second');
    const other = run(async (parts) => {
      await opens(parts, 'another');
      throw new Error('between');
    });
    await expect(other).rejects.toThrow('between');
    expect(closed).toEqual(['first', 'another']);
  });

  it('that do not close keep no other open, are logged, and are told of at the end', async () => {
    const { closed, logged, opens, run } = rig();
    const breaks = () => {
      throw new Error('stuck');
    };
    const opened = await run(async (parts) => {
      await opens(parts, 'first');
      parts.onClose('second', breaks);
      await opens(parts, 'third');
      parts.onClose('fourth', async () => breaks());
      return {};
    });
    await expect(opened.close()).rejects.toThrow('fourth did not close; second did not close');
    expect(closed).toEqual(['third', 'first']);
    expect(logged).toEqual(['fourth', 'second']);
  });

  it('that do not close do not hide why the start failed', async () => {
    const { closed, logged, opens, run } = rig();
    const failing = run(async (parts) => {
      await opens(parts, 'first');
      parts.onClose('second', () => Promise.reject(new Error('stuck')));
      throw new Error('the reason');
    });
    await expect(failing).rejects.toThrow('the reason');
    expect([closed, logged]).toEqual([['first'], ['second']]);
  });
});

describe('a group of parts', () => {
  it('is closed at the same time, when it is its turn', async () => {
    const { closed, opens, run } = rig();
    const bothClosing = Promise.withResolvers<void>();
    const meets = (name: string, other: string) => async () => {
      closed.push(name);
      if (closed.includes(other)) bothClosing.resolve();
      await bothClosing.promise;
    };
    const opened = await run(async (parts) => {
      await opens(parts, 'first');
      const group = parts.group('group');
      await opens(parts, 'last');
      group.onClose('one', meets('one', 'other'));
      group.onClose('other', meets('other', 'one'));
      return {};
    });
    await opened.close();
    expect(closed).toEqual(['last', 'one', 'other', 'first']);
  });

  it('is closed when a part of it does not open, and as far as it closes', async () => {
    const { closed, logged, opens, run } = rig();
    const failing = run(async (parts) => {
      await opens(parts, 'first');
      const group = parts.group('group');
      await opens(group, 'one');
      group.onClose('other', () => Promise.reject(new Error('stuck')));
      await opens(group, 'another');
      return { never: await group.open('last', () => Promise.reject(new Error('no last'))) };
    });
    await expect(failing).rejects.toThrow('no last');
    expect([closed, logged]).toEqual([
      ['one', 'another', 'first'],
      ['other', 'group'],
    ]);
  });
});

describe('aborting the start', () => {
  it('closes what is open without waiting for what is being opened, which is closed when it gets there', async () => {
    const stopping = new AbortController();
    const { closed, opens, run } = rig(stopping.signal);
    const second = Promise.withResolvers<string>();
    const starting = run(async (parts) => {
      await opens(parts, 'first');
      const opening = parts.open(
        'second',
        () => second.promise,
        (part) => closed.push(part),
      );
      stopping.abort();
      await opening;
      return { never: await opens(parts, 'third') };
    });
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
    expect(closed).toEqual(['first']);
    second.resolve('second');
    await new Promise(setImmediate);
    expect(closed).toEqual(['first', 'second']);
  });

  it('opens nothing more', async () => {
    const stopping = new AbortController();
    const { closed, opens, run } = rig(stopping.signal);
    const starting = run(async (parts) => {
      await opens(parts, 'first');
      stopping.abort();
      return { never: await opens(parts, 'second') };
    });
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
    expect(closed).toEqual(['first']);
  });

  it('ignores what fails to open afterwards', async () => {
    const stopping = new AbortController();
    const { run } = rig(stopping.signal);
    const second = Promise.withResolvers<string>();
    const starting = run(async (parts) => {
      const opening = parts.open('second', () => second.promise);
      stopping.abort();
      return { never: await opening };
    });
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
    second.reject(new Error('connection closed'));
    await new Promise(setImmediate);
  });

  it('after the start leaves everything open', async () => {
    const stopping = new AbortController();
    const { closed, opens, run } = rig(stopping.signal);
    const opened = await run(async (parts) => ({ first: await opens(parts, 'first') }));
    stopping.abort();
    await new Promise(setImmediate);
    expect(closed).toEqual([]);
    await opened.close();
  });
});
