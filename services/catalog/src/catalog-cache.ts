// The cache of the catalog's answers, opened: memory, the cache Redis, and the tail that tells of changes.
import {
  createReadThrough,
  createToldChanges,
  createWriteMarker,
  patientStore,
  type ReadResult,
  type ReadThrough,
  redisCacheStore,
  type WriteMarker,
} from '@holdfast/shared/cache';
import type { DomainEvent } from '@holdfast/shared/contracts';
import type { Tail } from '@holdfast/shared/messaging';
import { connectRedis } from '@holdfast/shared/redis';
import type { OpeningService } from '@holdfast/shared/service';
import { systemRandom } from '@holdfast/shared/values';
import { affectedTags, shownKindOf } from './answers/changed-tags.ts';
import { createHitRatio } from './answers/hit-ratio.ts';
import type { Config } from './config.ts';

export type CatalogCache = { answers: ReadThrough; marker: WriteMarker };

type Opening = Pick<OpeningService<Config, unknown>, 'config' | 'clock' | 'log' | 'metrics' | 'onClose' | 'startTail'>;

/** Opens it; Redis may come later. Without a cache Redis each process keeps answers for a moment. */
export function openCatalogCache({ config, clock, log, metrics, onClose, startTail }: Opening): CatalogCache {
  const store = config.REDIS_CACHE_URL === undefined ? undefined : openStore(config.REDIS_CACHE_URL);
  const ratio = createHitRatio(clock);
  metrics.gauge('cache_hit_ratio', 'Share of reads of the last minutes that were answered by the cache.', ratio.value);
  let tail: Tail | undefined;
  const answers = createReadThrough({
    store,
    clock,
    random: systemRandom,
    isTold: () => tail !== undefined && tail.status().lagMs === 0,
    onRead(result: ReadResult) {
      ratio.add(result === 'hit');
      metrics.count('cache_reads_total', 'Reads through the cache, by what became of them.', 1, { result });
    },
  });
  const told = createToldChanges(answers, clock);
  const onEntry = (event: DomainEvent) => {
    const kind = shownKindOf(event);
    if (!kind) return;
    const { tenantid, subject: tag, aggregateversion: version } = event;
    told.add(tenantid, { tag, version }, affectedTags(kind));
  };
  if (store) {
    startTail({ stream: 'catalog', onEntry }, (started) => {
      tail = started;
    });
  }
  return { answers, marker: createWriteMarker(answers) };

  function openStore(url: string) {
    const redis = connectRedis(url, { purpose: 'catalog-cache', together: true });
    onClose('cache', () => redis.disconnect());
    return patientStore(redisCacheStore(redis), clock, (error) =>
      log.warn({ err: error }, 'the cache does not answer: answers are made anew'),
    );
  }
}
