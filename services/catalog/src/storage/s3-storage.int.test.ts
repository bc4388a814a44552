import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import { describe } from 'vitest';
import { s3Storage } from './s3-storage.ts';
import { describeStorage } from './storage-conformance.fixture.ts';

async function openBucket() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-s3-'));
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: folder,
    configureBuckets: [{ name: 'files', configs: [] }],
  });
  const { port } = (await server.run()) as unknown as AddressInfo;
  const storage = s3Storage({
    bucket: 'files',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
  });
  return {
    storage,
    async close() {
      storage.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('a bucket', () => describeStorage(openBucket));
