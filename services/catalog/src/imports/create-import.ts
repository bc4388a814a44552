// Takes the file of an import and queues its job. Invariants: what is queued has its whole file; of any number of equal
// requests under one key one import comes, and the files of the others go.
import { createHash } from 'node:crypto';
import { importLimits, type RatePlan } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { createOnce } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import {
  assertSameRequest,
  type Caller,
  type Created,
  contentHash,
  derivedId,
  type Log,
  newId,
  type RequestKey,
  stampNow,
} from '@holdfast/shared/values';
import type { DecimalSign } from '../csv/amounts.ts';
import { endOfHeader } from '../csv/detect-delimiter.ts';
import { CsvFlaw } from '../csv/file-flaw.ts';
import { columnsOf, readHeader } from '../csv/header.ts';
import { readRecords } from '../csv/read-records.ts';
import type { Deps } from '../deps.ts';
import { headerBytesMax } from '../limits.ts';
import { fileKey } from '../storage/storage.ts';
import { asQueued, draftImport, type Import, type ImportKind } from './import.ts';

export type CreateImport = {
  caller: Caller;
  plan: RatePlan;
  /** Its hash is of the query only: that of the content is added here. */
  requestKey?: RequestKey | undefined;
  kind: ImportKind;
  decimal: DecimalSign;
  source: AsyncIterable<Uint8Array>;
};
type CreateDeps = Pick<Deps, 'imports' | 'storage' | 'clock' | 'importQueue'> & { log: Log };

const permissionFor = { products: 'products:write', 'stock-counts': 'stock:adjust' } as const;

/**
 * Stores the file and the queued import. Throws `forbidden`, `too_many_jobs`, `invalid_csv`, `payload_too_large`,
 * `idempotency_key_reused`.
 */
export async function createImport(command: CreateImport, deps: CreateDeps): Promise<Created<Import>> {
  const { caller, kind } = command;
  if (!caller.permissions.has(permissionFor[kind])) throw new DomainError('forbidden');
  const id = importIdOf(command);
  const file = fileKey(caller.tenantId, 'imports', `${newId('fil')}.csv`);
  const stored = await storeFile(file, command, deps);
  try {
    const created = await queueOnce(id, file, stored, command, deps);
    if (created.replayed) await forget(file, deps);
    else deps.importQueue.enqueue({ tenantId: caller.tenantId, id });
    return created;
  } catch (error) {
    await forget(file, deps);
    throw error;
  }
}

function importIdOf({ caller, requestKey }: CreateImport): string {
  if (!requestKey) return newId('imp');
  return derivedId('imp', caller.tenantId, caller.userId, 'catalog.createImport', requestKey.key);
}

type Stored = { bytes: number; digest: string };

/**
 * Stores what arrives while its header is looked at. A flawed file is read to its end, so that its sender hears why.
 */
async function storeFile(key: string, { source, plan, kind }: CreateImport, { storage }: CreateDeps): Promise<Stored> {
  const { bytesMax } = importLimits[plan];
  const hash = createHash('sha256');
  let bytes = 0;
  let flaw: CsvFlaw | undefined;
  async function* checked() {
    let head: Uint8Array[] | undefined = [];
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      hash.update(chunk);
      if (head) {
        head.push(chunk);
        const header = headerIn(Buffer.concat(head));
        if (header) {
          flaw = await flawOfHeader(header, kind);
          head = undefined;
        }
      }
      if (!flaw) yield chunk;
    }
    if (head) flaw = await flawOfHeader(Buffer.concat(head), kind);
    if (flaw) throw invalidCsv(flaw);
  }
  await storage.put(key, checked());
  return { bytes, digest: hash.digest('base64url') };
}

/** The bytes of the header line once it has ended, or of what is too long for one. */
function headerIn(bytes: Buffer): Buffer | undefined {
  const end = endOfHeader(bytes.toString('latin1'));
  if (end !== undefined) return bytes.subarray(0, end);
  return bytes.length > headerBytesMax ? bytes : undefined;
}

/** What is wrong with the header, if anything. */
async function flawOfHeader(bytes: Buffer, kind: ImportKind): Promise<CsvFlaw | undefined> {
  try {
    for await (const { cells } of readRecords([bytes])) {
      readHeader(cells, columnsOf[kind]);
      return undefined;
    }
    return new CsvFlaw('empty_file', 'The file has no header line.');
  } catch (error) {
    if (error instanceof CsvFlaw) return error;
    throw error;
  }
}

function invalidCsv({ flaw, message, line, columns }: CsvFlaw): DomainError {
  const where = { ...(line === undefined ? {} : { line }), ...(columns.length === 0 ? {} : { columns }) };
  return new DomainError('invalid_csv', { detail: message, extra: { flaw, ...where } });
}

function tooLarge(bytesMax: number): DomainError {
  return new DomainError('payload_too_large', { detail: `A file may have ${bytesMax} bytes in your plan.` });
}

function queueOnce(
  id: string,
  file: string,
  { bytes, digest }: Stored,
  { caller, requestKey, kind, decimal, plan }: CreateImport,
  { imports, clock }: CreateDeps,
): Promise<Created<Import>> {
  const { tenantId, userId } = caller;
  const key = requestKey && { key: requestKey.key, requestHash: contentHash([requestKey.requestHash, digest]) };
  return createOnce(key, {
    async findFirst(request) {
      const earlier = await imports.read({ tenantId, id });
      if (!earlier) return undefined;
      assertSameRequest(earlier.creation, request);
      return asQueued(earlier);
    },
    async create() {
      const facts = {
        id,
        tenantId,
        kind,
        decimal,
        file,
        bytes,
        rowsMax: importLimits[plan].rowsMax,
        createdBy: userId,
        creation: key ? { requestHash: key.requestHash } : null,
      };
      const change = draftImport(facts, stampNow(clock, correlation()));
      return imports.add(change);
    },
  });
}

async function forget(file: string, { storage, log }: CreateDeps): Promise<void> {
  await storage.remove(file).catch((error) => log.warn({ err: error }, 'a file that nobody needs was not removed'));
}
