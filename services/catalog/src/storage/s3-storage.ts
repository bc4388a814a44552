// Files in a bucket of S3, or of anything that speaks its language. Invariant: an upload that fails is aborted, so that
// no part of it is ever a file.
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  S3Client,
  type S3ClientConfig,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { s3AttemptsMax, s3PartBytes, s3PartsAtOnce, s3SocketMs } from '../limits.ts';
import { assertKey, NotStored, type Storage } from './storage.ts';

export type S3Settings = {
  bucket: string;
  region: string;
  /** Of a server that is not Amazon's; such servers want the bucket in the path. */
  endpoint?: string | undefined;
  /** Without them, what the environment of the process grants. */
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
};

/** The storage in this bucket. */
export function s3Storage({ bucket, region, endpoint, accessKeyId, secretAccessKey }: S3Settings): Storage {
  const credentials = accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {};
  const client = new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...credentials,
    maxAttempts: s3AttemptsMax,
    requestHandler: { requestTimeout: s3SocketMs, connectionTimeout: s3SocketMs },
    // Other servers than Amazon's do not know the checksums that are sent by default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } satisfies S3ClientConfig);
  const placeOf = (key: string) => ({ Bucket: bucket, Key: assertKey(key) });
  return {
    async put(key, source) {
      const failures: unknown[] = [];
      const Body = Readable.from(source).once('error', (error) => failures.push(error));
      const place = placeOf(key);
      const upload = new Upload({
        client,
        params: { ...place, Body },
        partSize: s3PartBytes,
        queueSize: s3PartsAtOnce,
      });
      try {
        await upload.done();
      } catch (error) {
        // A server that cannot abort an upload says so instead of why there was something to abort.
        throw failures[0] ?? error;
      }
    },

    async get(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand(placeOf(key)));
        return Body as Readable;
      } catch (error) {
        if ((error as S3ServiceException).name === 'NoSuchKey') throw new NotStored(key);
        throw error;
      }
    },

    async remove(key) {
      await client.send(new DeleteObjectCommand(placeOf(key)));
    },
    /** The bucket aborts unfinished uploads by itself (docs/imports-and-exports.md). */
    removeUnfinished: async () => 0,
    async check() {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
    },
    close: () => client.destroy(),
  };
}
