// Orders of a world that have left in parcels: one for each operation on them, in the state that it needs.
type Made = { id: string };
type Making = {
  make: (path: string, body: unknown) => Promise<Made>;
  /** Places an order of one unit of one variant. */
  place: () => Promise<Made>;
};

/** By type of object. */
export async function populateParcels(canary: string, { make, place }: Making): Promise<Record<string, string>> {
  const ship = async () => {
    const { id } = await place();
    return { order: id, fulfilment: (await make(`/v1/orders/${id}/fulfilments`, { carrier: canary })).id };
  };
  const [toShip, parcel, shipped] = [await place(), await ship(), await ship()];
  return {
    orderToShip: toShip.id,
    orderOfParcel: parcel.order,
    fulfilment: parcel.fulfilment,
    shippedOrder: shipped.order,
  };
}

/** Which of them an operation is for; `operation of segment` where its path names several. */
export const parcelOfOperation: Record<string, string> = {
  shipOrder: 'orderToShip',
  'deliverFulfilment of orders': 'orderOfParcel',
  deliverOrder: 'shippedOrder',
};
