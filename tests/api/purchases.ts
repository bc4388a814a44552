// Purchase orders of a business, one in every state that an operation is for, with two receipts.
type Make = (path: string, body: unknown, options?: object, status?: number) => Promise<{ id: string }>;

/** Their ids, by what the routes call them. */
export async function populatePurchases(
  canary: string,
  { make, supplierId, variantIds }: { make: Make; supplierId: string; variantIds: readonly string[] },
): Promise<Record<string, string>> {
  const unitCost = { amount: 50, currency: 'EUR' };
  const buy = async (...steps: string[]) => {
    const lines = variantIds.map((variantId) => ({ variantId, quantity: 50, unitCost }));
    const { id } = await make('/v1/purchase-orders', { supplierId, lines, note: canary });
    for (const step of steps) await make(`/v1/purchase-orders/${id}/${step}`, undefined, {}, 200);
    return id;
  };
  const receive = async (id: string) => {
    const lines = [{ variantId: variantIds[0], quantity: 1, rejectReason: canary }];
    return (await make(`/v1/purchase-orders/${id}/receipts`, { lines })).id;
  };
  const purchases = {
    draftPurchase: await buy(),
    purchaseToSend: await buy(),
    sentPurchase: await buy('send'),
    purchaseToCancel: await buy('send'),
    confirmedPurchase: await buy('send', 'confirm'),
    purchaseToClose: await buy('send', 'confirm'),
    purchase: await buy('send', 'confirm'),
  };
  await receive(purchases.purchaseToClose);
  const receipt = await receive(purchases.purchase);
  await receive(purchases.purchase);
  return { ...purchases, receipt };
}

/** Where the usual one would do nothing: the operation is for one in another state. */
export const purchaseOfOperation: Readonly<Record<string, string>> = {
  updatePurchaseOrder: 'draftPurchase',
  sendPurchaseOrder: 'purchaseToSend',
  confirmPurchaseOrder: 'sentPurchase',
  cancelPurchaseOrder: 'purchaseToCancel',
  closePurchaseOrder: 'purchaseToClose',
  createReceipt: 'confirmedPurchase',
};
