// Files through the gateway: imports with their progress at a socket, counts, exports of every kind.
import { randomUUID } from 'node:crypto';
import { until } from '@holdfast/shared/testing';
import { io } from 'socket.io-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { Business, gatewayUrl } from './business.ts';

type Job = { id: string; status: string; rowsDone: number; rowsFailed: number };
type Progress = { jobId: string; job: string; status: string; rowsDone: number; rowsTotal?: number };

let business: Business;
beforeAll(async () => {
  business = await Business.signUp();
});

const csv = { 'content-type': 'text/csv' };

async function ended(path: string): Promise<Job> {
  const read = async () => {
    const { body } = await business.call<Job>('GET', path);
    return ['done', 'failed'].includes(body.status) && body;
  };
  return until(read, { what: `${path} has ended`, timeoutMs: 60_000 });
}

async function importFile(kind: string, rawBody: string): Promise<Job> {
  const { status, body, text } = await business.call<Job>('POST', `/v1/imports?kind=${kind}`, {
    rawBody,
    headers: csv,
  });
  expect(status, text).toBe(202);
  return ended(`/v1/imports/${body.id}`);
}

async function exportFile(body: object): Promise<string> {
  const { status, body: job, text } = await business.call<Job>('POST', '/v1/exports', { body });
  expect(status, text).toBe(202);
  expect(await ended(`/v1/exports/${job.id}`)).toMatchObject({ status: 'done' });
  return (await business.call('GET', `/v1/exports/${job.id}/file`)).text;
}

async function variantOf(sku: string): Promise<string> {
  const { body } = await business.call<{ data: { id: string }[] }>('GET', `/v1/variants?sku=${sku}`);
  return body.data[0]!.id;
}

describe('a file', () => {
  it('of 3,000 products is applied, and a socket hears how far it is', async () => {
    const socket = io(gatewayUrl(), {
      auth: { token: business.owner.token },
      transports: ['websocket'],
      forceNew: true,
    });
    const heard: Progress[] = [];
    socket.on('job.progress', (message: Progress) => heard.push(message));
    await new Promise<void>((resolve) => socket.on('connect', resolve));
    const rows = Array.from({ length: 3_000 }, (_, n) => `S-${n},Product ${n >> 2},19.99,${n % 7}`);
    const job = await importFile('products', `sku,name,price,initialStock\n${rows.join('\n')}\n`);
    expect(job).toMatchObject({ status: 'done', rowsDone: 3_000, rowsFailed: 0 });
    const mine = () => heard.filter(({ jobId }) => jobId === job.id);
    await until(() => mine().at(-1)?.status === 'done', { what: 'the last message' });
    expect(mine()[0]).toMatchObject({ job: 'import', status: 'queued', rowsDone: 0 });
    expect(mine().at(-1)).toMatchObject({ rowsDone: 3_000, rowsTotal: 3_000 });
    socket.disconnect();
  });

  it('of counts sets what is on hand, once, and names what it cannot', async () => {
    await importFile('products', 'sku,name,price,initialStock\nC-1,Counted,1,5\nC-2,Counted,1,5\nC-3,Counted,1,5\n');
    const [first, second] = [await variantOf('C-1'), await variantOf('C-2')];
    await business.untilStock(second, ({ onHand }) => onHand === 5);
    await business.untilStock(first, ({ onHand }) => onHand === 5);
    const job = await importFile(
      'stock-counts',
      'sku;count;expectedOnHand;location\nc-1;7;;\nC-2;8;5;main\nC-3;9;4;\nC-4;1;;\nC-1;2;;nowhere\nC-1;8;;\n',
    );
    expect(job).toMatchObject({ status: 'done', rowsDone: 2, rowsFailed: 4 });
    await business.untilStock(first, ({ onHand }) => onHand === 7);
    await business.untilStock(second, ({ onHand }) => onHand === 8);
    const { text } = await business.call('GET', `/v1/imports/${job.id}/errors`);
    const flaws = text.trim().split('\r\n').slice(1);
    expect(flaws.map((line) => line.split(',').slice(0, 3).join())).toEqual([
      '4,expectedOnHand,count_is_stale',
      '5,sku,unknown_sku',
      '6,location,unknown_location',
      '7,sku,duplicate_sku',
    ]);
    await business.checkLedger(first);
  });

  it('of another type, or larger than the plan allows, is refused', async () => {
    const send = (headers: Record<string, string>, rawBody: string) =>
      business.call('POST', '/v1/imports?kind=products', { rawBody, headers });
    expect(await send({ 'content-type': 'text/plain' }, 'sku')).toMatchObject({ status: 415 });
    expect(await send(csv, 'sku,name\n')).toMatchObject({
      status: 422,
      body: { code: 'invalid_csv', columns: ['price'] },
    });
    const columns = { status: 422, body: { columns: ['price'] } };
    for (let time = 0; time < 3; time += 1) {
      expect(await send(csv, `sku,name\n${'A,B\n'.repeat(2_000_000)}`)).toMatchObject(columns);
    }
    const large = await send(csv, `sku,name,price\n${'x'.repeat(33_554_432)}`);
    expect(large).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
    expect((await business.call('POST', '/v1/products', { rawBody: 'a', headers: csv })).status).toBe(415);
  });

  it('that has no length beforehand is refused where it has become too large', async () => {
    let sent = 0;
    async function* endless() {
      yield Buffer.from('sku,name,price\n');
      for (; sent < 40 * 1_048_576; sent += 1_048_576) yield Buffer.alloc(1_048_576, 'A,B,1\n');
    }
    const headers = { ...csv, authorization: `Bearer ${business.owner.token}` };
    const init = { method: 'POST', headers, body: endless() as never, duplex: 'half' };
    const answer = await fetch(`${gatewayUrl()}/v1/imports?kind=products`, init as RequestInit);
    expect(answer.status).toBe(413);
  });
});

describe('an export', () => {
  it('has what there is of each kind', async () => {
    const sku = `E-${randomUUID().slice(0, 8)}`;
    await importFile('products', `sku,name,price,initialStock\n${sku},Exported,12.50,9\n`);
    const variantId = await variantOf(sku);
    await business.untilStock(variantId, ({ onHand }) => onHand === 9);
    expect((await business.order(variantId, 2)).status).toBe(201);
    expect(await exportFile({ kind: 'products' })).toContain(`${sku},Exported,12.50,EUR`);
    expect(await exportFile({ kind: 'stock' })).toMatch(new RegExp(`${sku},${variantId},main,loc_\\w+,9,2,7,0`));
    const movements = await exportFile({ kind: 'movements', format: 'ndjson', filter: { variantId } });
    const kinds = movements
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).kind);
    expect(kinds).toEqual(['reservation', 'receipt']);
    expect(await exportFile({ kind: 'orders', filter: { status: 'CONFIRMED' } })).toContain(
      `,${sku},Exported,2,12.50,25.00,`,
    );
  });
});
