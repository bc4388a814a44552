// What an acknowledged change of an order has left in it: a cancellation, a parcel, a payment, a return.
type Part = { id: string };
type Changed = {
  status: string;
  version: number;
  fulfilments?: Part[];
  payments?: Part[];
  returns?: Part[];
};

type Told = {
  version?: number | undefined;
  part?: { field: 'fulfilments' | 'payments' | 'returns'; id: string } | undefined;
};

/** A cancellation stays; where a part had left it has given up the rest. Undefined: it is so. */
export function flawOfCancellation(order: Changed | undefined, { version = 0 }: Told): string | undefined {
  if (order === undefined) return 'there is no such order';
  if (order.version < version) return `it is in version ${order.version}`;
  if (order.status === 'CANCELLED') return undefined;
  const isRestGivenUp = (order.fulfilments ?? []).length > 0 && ['SHIPPED', 'DELIVERED'].includes(order.status);
  return isRestGivenUp ? undefined : `it is ${order.status}`;
}

/** What a change has made is in its order for ever. Undefined: it is so. */
export function flawOfChange(order: Changed | undefined, { version = 0, part }: Told): string | undefined {
  if (order === undefined) return 'there is no such order';
  if (order.version < version) return `it is in version ${order.version}`;
  if (part === undefined) return undefined;
  return order[part.field]?.some(({ id }) => id === part.id) ? undefined : `${part.field} has no ${part.id}`;
}
