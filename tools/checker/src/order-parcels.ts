// The parcels' and returns' part of I4: what orders says has left and come back is what inventory has booked, and no
// more comes back than has left.
type Line = { variantId: string; quantity: number };
type Units = Line & { locationId: string };
export type ShippedOrder = {
  lines: (Line & { cancelled?: number })[];
  fulfilments?: { id: string; lines: Units[] }[];
  returns?: { id: string; receipt?: { lines: (Units & { restock: boolean })[] } }[];
};
/** A line that was to come to a location which is gone lies at another one. */
export type MovedReservation = {
  parcels?: { id: string; lines: Units[] }[];
  restocks?: { id: string; lines: Units[] }[];
};

/** What these checks read of an order. */
export const parcelFields = {
  'fulfilments.id': 1,
  'fulfilments.lines': 1,
  'returns.id': 1,
  'returns.receipt.lines': 1,
} as const;

type Report = (kind: string, detail: string) => void;

const shippedLines = ({ fulfilments = [] }: ShippedOrder) => fulfilments.flatMap(({ lines }) => lines);
const returnedLines = ({ returns = [] }: ShippedOrder) => returns.flatMap(({ receipt }) => receipt?.lines ?? []);
const sumOf = (lines: readonly Line[], variantId: string) =>
  lines.reduce((sum, line) => (line.variantId === variantId ? sum + line.quantity : sum), 0);

/** What an order still asks to hold: ordered, neither cancelled nor shipped. */
export function outstandingOf(order: ShippedOrder): Line[] {
  const shipped = shippedLines(order);
  return order.lines.flatMap(({ variantId, quantity, cancelled = 0 }) => {
    const rest = quantity - cancelled - sumOf(shipped, variantId);
    return rest > 0 ? [{ variantId, quantity: rest }] : [];
  });
}

/** Compares parcels and returns by their ids, and their units by variant. */
export function checkParcels(order: ShippedOrder, reservation: MovedReservation, report: Report): void {
  const restocked = (order.returns ?? []).flatMap(({ id, receipt }) => {
    const lines = (receipt?.lines ?? []).filter(({ restock }) => restock);
    return lines.length > 0 ? [{ id, lines }] : [];
  });
  compare('order.parcels', [order.fulfilments ?? [], reservation.parcels ?? []], report);
  compare('order.restocks', [restocked, reservation.restocks ?? []], report);
  const shipped = shippedLines(order);
  const returned = returnedLines(order);
  for (const variantId of new Set([...shipped, ...returned].map((line) => line.variantId))) {
    const [left, back] = [sumOf(shipped, variantId), sumOf(returned, variantId)];
    const line = order.lines.find((one) => one.variantId === variantId);
    const ordered = (line?.quantity ?? 0) - (line?.cancelled ?? 0);
    if (left > ordered) report('order.shipped', `${left} of ${variantId} have left, ${ordered} were ordered`);
    if (back > left) report('order.returned', `${back} of ${variantId} came back, ${left} have left`);
  }
}

type Part = { id: string; lines: readonly Line[] };

function compare(kind: string, [told, booked]: [readonly Part[], readonly Part[]], report: Report): void {
  const [wanted, found] = [textOf(told), textOf(booked)];
  if (wanted !== found) report(kind, `orders says ${wanted || 'none'}, inventory ${found || 'none'}`);
}

/** Parts with their units by variant, in an order of their own. */
function textOf(parts: readonly Part[]): string {
  const unitsOf = (lines: readonly Line[]) =>
    [...new Set(lines.map(({ variantId }) => variantId))].sort().map((one) => `${one}:${sumOf(lines, one)}`);
  return parts
    .map(({ id, lines }) => `${id} ${unitsOf(lines).join(' ')}`)
    .sort()
    .join(', ');
}
