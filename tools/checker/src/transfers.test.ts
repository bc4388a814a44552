import { expect, it } from 'vitest';
import { createTransferCheck, type Transfer } from './transfers.ts';
import { createFindings } from './violations.ts';

const transfer = (status: string, received?: number): Transfer => {
  const lines = [{ variantId: 'v', quantity: 3, ...(received === undefined ? {} : { received }) }];
  return { _id: 'tra', tenantId: 'ten', fromLocationId: 'a', toLocationId: 'b', status, lines };
};
function kindsOf(one: Transfer, ...moves: [locationId: string, onHandDelta: number][]): string[] {
  const findings = createFindings();
  const check = createTransferCheck(new Map([[one._id, one]]), findings);
  moves.forEach(([locationId, onHandDelta], n) => {
    const reference = { type: 'transfer', id: 'tra' };
    check.take({ _id: `mov_${n}`, tenantId: 'ten', variantId: 'v', locationId, onHandDelta, reference });
  });
  check.finish();
  return findings.list.map(({ kind }) => kind);
}

it('finds nothing where the ledger moved what the status says', () => {
  expect(kindsOf(transfer('DRAFT'))).toEqual([]);
  expect(kindsOf(transfer('SHIPPED'), ['a', -3])).toEqual([]);
  expect(kindsOf(transfer('RECEIVED', 2), ['a', -3], ['b', 2])).toEqual([]);
  expect(kindsOf(transfer('CANCELLED'), ['a', -3], ['a', 3])).toEqual([]);
});

it('finds what moved twice, not at all, or elsewhere', () => {
  const moved = ['transfer.moved'];
  expect(kindsOf(transfer('SHIPPED'))).toEqual(moved);
  expect(kindsOf(transfer('SHIPPED'), ['a', -3], ['a', -3])).toEqual(moved);
  expect(kindsOf(transfer('CANCELLED'), ['a', -3])).toEqual(moved);
  expect(kindsOf(transfer('RECEIVED', 2), ['a', -3], ['b', 3])).toEqual(moved);
  expect(kindsOf(transfer('DRAFT'), ['a', -3])).toEqual(moved);
});
