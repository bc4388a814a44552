// Mechanisms of suppliers, purchase orders and receipts.
import type { Mutant, MutantTest } from './mutant.ts';

const inventory = 'services/inventory/src';
const purchases = `${inventory}/purchase-orders`;
const unit = (name: string): MutantTest => ({ project: 'unit', file: `${purchases}/purchase-order.test.ts`, name });
const over = (name: string): MutantTest => ({
  project: 'integration',
  file: `${purchases}/purchase-orders.int.test.ts`,
  name,
});
const many = 'a repeated request > of a draft, a step, a receipt and a reversal gets its first answer';

export const purchasingMutants: readonly Mutant[] = [
  {
    name: 'receipt-once',
    mechanism: 'a receipt has an id that derives from its key, so that what is sent again is found',
    file: `${purchases}/create-receipt.ts`,
    source: "derivedId('rcp', tenantId, userId, 'receipts.create', purchaseOrderId, key.key)",
    replacement:
      "derivedId('rcp', tenantId, userId, 'receipts.create', purchaseOrderId, key.key, String(Math.random()))",
    test: over(many),
  },
  {
    name: 'receipt-together',
    mechanism: 'the tolerance of a line counts all its receipts together',
    file: `${purchases}/receipt.ts`,
    source: 'mostOf(line, tolerances) - line.received - line.rejected',
    replacement: 'mostOf(line, tolerances)',
    test: unit('a receipt > counts all receipts of a line together against the tolerance, rejected units too'),
  },
  {
    name: 'receipt-reversed-once',
    mechanism: 'a receipt is taken back once',
    file: `${purchases}/receive-goods.ts`,
    source: "if (receipt.status === 'REVERSED') {",
    replacement: 'if (now.getTime() < 0) {',
    test: over(many),
  },
  {
    name: 'incoming-noted',
    mechanism: 'what is incoming changes with the purchase order',
    file: `${purchases}/move-purchase-order.ts`,
    source: 'noteIncoming({ before, after }, { book, documents }, cause);',
    replacement: 'void [noteIncoming, book, cause];',
    test: over('closing short drops what is incoming at once'),
  },
  {
    name: 'purchase-numbers',
    mechanism: 'a number is taken in the transaction that stores its order',
    file: `${purchases}/create-purchase-order.ts`,
    source: 'await purchaseNumbers.saveAll([{ before, after }], session).catch(',
    replacement: 'await purchaseNumbers.save([], session).catch(',
    test: over('numbers have no gap and are given once, however many are drafted at once'),
  },
  {
    name: 'supplier-preferred',
    mechanism: 'of the suppliers of a variant one is preferred: its stock item names it',
    file: `${inventory}/suppliers/put-supplier-item.ts`,
    source: 'if (preferred === (current === supplierId)) return;',
    replacement: 'if (preferred) return;',
    test: {
      project: 'integration',
      file: `${inventory}/suppliers/suppliers.int.test.ts`,
      name: 'sells variants, each once, and of its suppliers one is preferred',
    },
  },
];
