// Orders of a world that have left in parcels: one for each operation on them, in the state that it needs.
type Made = { id: string };
type Making = {
  make: (path: string, body: unknown, options?: object, status?: number) => Promise<Made>;
  read: (path: string) => Promise<{ lines: { variantId: string }[] }>;
  /** Places an order of one unit of one variant. */
  place: () => Promise<Made>;
};

/** By type of object. */
export async function populateParcels(canary: string, { make, read, place }: Making): Promise<Record<string, string>> {
  const ship = async () => {
    const { id } = await place();
    return { order: id, fulfilment: (await make(`/v1/orders/${id}/fulfilments`, { carrier: canary })).id };
  };
  const [toShip, parcel, shipped, toReturn] = [await place(), await ship(), await ship(), await ship()];
  const returns = async () => {
    const { order } = await ship();
    const { lines } = await read(`/v1/orders/${order}`);
    const asked = { variantId: lines[0]!.variantId, quantity: 1 };
    const { id } = await make(`/v1/orders/${order}/returns`, { lines: [{ ...asked, reason: canary }] });
    return { id, arrived: { lines: [{ ...asked, condition: 'new', restock: true }] } };
  };
  const approved = async () => {
    const one = await returns();
    await make(`/v1/returns/${one.id}/approve`, {}, {}, 200);
    return one;
  };
  const [toApprove, toDecline] = [await returns(), await returns()];
  const [toReceive, toClose] = [await approved(), await approved()];
  await make(`/v1/returns/${toClose.id}/receive`, toClose.arrived, {}, 200);
  return {
    orderToShip: toShip.id,
    orderOfParcel: parcel.order,
    fulfilment: parcel.fulfilment,
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
  'deliverFulfilment of orders': 'orderOfParcel',
  deliverOrder: 'shippedOrder',
  requestReturn: 'orderToReturn',
  approveReturn: 'return',
  declineReturn: 'returnToDecline',
  receiveReturn: 'returnToReceive',
  closeReturn: 'returnToClose',
};
