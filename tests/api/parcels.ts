// Orders of a world that have left in parcels: one for each operation on them, in the state that it needs.
type Made = { id: string };
type Making = {
  make: (path: string, body: unknown, options?: object, status?: number) => Promise<Made>;
  read: (path: string) => Promise<{ lines: { variantId: string }[] }>;
  /** Places an order of one variant, of one unit or more. */
  place: (quantity?: number) => Promise<Made>;
};

/** By type of object. */
export async function populateParcels(canary: string, { make, read, place }: Making): Promise<Record<string, string>> {
  const ship = async () => {
    const { id } = await place();
    await make(`/v1/orders/${id}/fulfilments`, { carrier: canary });
    return { order: id };
  };
  const [toShip, shipped, toReturn] = [await place(), await ship(), await ship()];
  const { id: inParcels } = await place(2);
  const { lines } = await read(`/v1/orders/${inParcels}`);
  const unit = { variantId: lines[0]!.variantId, quantity: 1 };
  const send = () => make(`/v1/orders/${inParcels}/fulfilments`, { lines: [unit], trackingNumber: canary });
  const [parcel] = [await send(), await send()];
  const ask = (order: string) => make(`/v1/orders/${order}/returns`, { lines: [{ ...unit, reason: canary }] });
  const returns = async () => {
    const { order } = await ship();
    return { order, id: (await ask(order)).id };
  };
  await ask(inParcels);
  await ask(inParcels);
  const approved = async () => {
    const one = await returns();
    await make(`/v1/returns/${one.id}/approve`, {}, {}, 200);
    return one;
  };
  const [toApprove, toDecline] = [await returns(), await returns()];
  const [toReceive, toClose] = [await approved(), await approved()];
  const arrived = { lines: [{ ...unit, condition: 'new', restock: true }] };
  await make(`/v1/returns/${toClose.id}/receive`, arrived, {}, 200);
  const paid = { amount: { amount: 100, currency: 'EUR' }, reference: canary };
  await make(`/v1/orders/${toClose.order}/confirm-payment`, paid, {}, 200);
  return {
    orderToShip: toShip.id,
    orderInParcels: inParcels,
    fulfilment: parcel.id,
    shippedOrder: shipped.order,
    orderToReturn: toReturn.order,
    return: toApprove.id,
    returnToDecline: toDecline.id,
    returnToReceive: toReceive.id,
    returnToClose: toClose.id,
  };
}

/** Which of them an operation is for; `operation of segment` where its path names several. */
export const parcelOfOperation: Record<string, string> = {
  shipOrder: 'orderToShip',
  'deliverFulfilment of orders': 'orderInParcels',
  'readFulfilment of orders': 'orderInParcels',
  'updateFulfilment of orders': 'orderInParcels',
  listFulfilments: 'orderInParcels',
  listReturnsOfOrder: 'orderInParcels',
  deliverOrder: 'shippedOrder',
  requestReturn: 'orderToReturn',
  approveReturn: 'return',
  declineReturn: 'returnToDecline',
  receiveReturn: 'returnToReceive',
  closeReturn: 'returnToClose',
};
