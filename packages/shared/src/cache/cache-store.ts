// Where stamps and answers are kept. The port, and the cache Redis behind it.
// Invariants: a stamp that is missing (never made, evicted, lost with the server) comes back as another one, never as
// one that was; a mark outlives its writer by `markLifeMs` at most.
import { randomUUID } from 'node:crypto';
import { cacheKey, type Redis } from '../redis/index.ts';
import { markLifeMs, stampLifeMs } from './limits.ts';
import type { Stamp, TagChange } from './stamp.ts';

export interface CacheStore {
  /** The stamps of these tags, made where there are none, and the answer of this name, as of the same moment. */
  read(tenantId: string, tags: readonly string[], name?: string): Promise<{ stamps: Stamp[]; answer?: Buffer }>;
  keep(tenantId: string, name: string, answer: Buffer, lifeMs: number): Promise<void>;
  /** A writer begins: its tags are in doubt from now on. */
  mark(tenantId: string, tags: readonly string[], mark: string): Promise<void>;
  /** The writer has ended: new stamps, its mark is gone. */
  settle(tenantId: string, changes: readonly TagChange[], mark: string): Promise<void>;
  /**
   * Changes that somebody has committed: new stamps where they are not accounted for; then also for tags without a
   * version.
   */
  tell(tenantId: string, changes: readonly TagChange[]): Promise<void>;
  /** A new stamp, come what may. */
  renew(tenantId: string, tag: string): Promise<void>;
}

type Act = 'mark' | 'settle' | 'tell' | 'renew';

/**
 * KEYS: stamps. ARGV: act, a random text, the writer's mark (or ''), life of a mark and of a stamp in ms, then for each
 * key the version of its change (or ''). Keys without a version come last: 'tell' renews them if any other was new.
 */
const changeScript = `
local act, random, own, markLife, stampLife = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local isNew = false
for n, key in ipairs(KEYS) do
  local given = tonumber(ARGV[5 + n])
  local text = redis.call('GET', key)
  local version, marks, last = 0, '', 0
  if text then
    version = tonumber(string.match(text, '^(%d+) '))
    for mark, deadline in string.gmatch(text, ' ([%w-]+)@(%d+)') do
      if mark ~= own and tonumber(deadline) > now then
        marks = marks .. ' ' .. mark .. '@' .. deadline
        last = math.max(last, tonumber(deadline))
      end
    end
  end
  local isDone = false
  if act == 'tell' and given then
    isDone = text and version >= given
    isNew = isNew or not isDone
  elseif act == 'tell' then
    isDone = not isNew
  end
  if not isDone then
    if act == 'mark' then
      last = now + markLife
      marks = marks .. ' ' .. own .. '@' .. string.format('%.0f', last)
    elseif given and given > version then
      version = given
    end
    local life = last > 0 and last - now or stampLife
    redis.call('SET', key, string.format('%.0f', version) .. ' ' .. random .. marks, 'PX', string.format('%.0f', life))
  end
end
`;

/** KEYS: stamps. ARGV: a random text, life of a stamp in ms. Returns their texts, made where there was none. */
const readScript = `
local stamps = {}
for n, key in ipairs(KEYS) do
  redis.call('SET', key, '0 ' .. ARGV[1], 'PX', ARGV[2], 'NX')
  stamps[n] = redis.call('GET', key)
end
return stamps
`;

const randomText = () => randomUUID().slice(0, 23);

/** The cache Redis. Every call rejects when it does not answer. */
export function redisCacheStore(redis: Redis): CacheStore {
  const stampKeys = (tenantId: string, tags: readonly string[]) => tags.map((tag) => cacheKey(tenantId, 'stamp', tag));

  async function change(act: Act, tenantId: string, changes: readonly TagChange[], mark = ''): Promise<void> {
    const sorted = changes.toSorted((a, b) => Number(a.version === undefined) - Number(b.version === undefined));
    const keys = stampKeys(
      tenantId,
      sorted.map(({ tag }) => tag),
    );
    const versions = sorted.map(({ version }) => version ?? '');
    await redis.eval(changeScript, keys.length, ...keys, act, randomText(), mark, markLifeMs, stampLifeMs, ...versions);
  }

  return {
    async read(tenantId, tags, name) {
      const keys = stampKeys(tenantId, tags);
      const asked = name === undefined ? keys : [...keys, cacheKey(tenantId, 'answer', name)];
      const found = await redis.mgetBuffer(...asked);
      const answer = found[keys.length] ?? undefined;
      const stamps = found.slice(0, keys.length).map((stamp) => stamp?.toString('latin1'));
      if (stamps.every((stamp) => stamp !== undefined)) return answer ? { stamps, answer } : { stamps };
      // What was stored under a stamp that is gone is worth nothing.
      return { stamps: (await redis.eval(readScript, keys.length, ...keys, randomText(), stampLifeMs)) as Stamp[] };
    },
    async keep(tenantId, name, answer, lifeMs) {
      await redis.set(cacheKey(tenantId, 'answer', name), answer, 'PX', lifeMs);
    },
    mark: (tenantId, tags, mark) =>
      change(
        'mark',
        tenantId,
        tags.map((tag) => ({ tag })),
        mark,
      ),
    settle: (tenantId, changes, mark) => change('settle', tenantId, changes, mark),
    tell: (tenantId, changes) => change('tell', tenantId, changes),
    renew: (tenantId, tag) => change('renew', tenantId, [{ tag }]),
  };
}
