// Ohmline Wholesale: electronics by the box, few products and large numbers.
import type { Plan, Product } from './plan.ts';

const usd = (amount: number) => ({ amount, currency: 'USD' });

type Item = { sku: string; price: number; cost: number; stock: number; options?: Record<string, string> };

function product(name: string, category: string, description: string, items: Item[]): Product {
  const variants = items.map(({ sku, price, cost, stock, options }) => ({
    sku,
    price: usd(price),
    cost: usd(cost),
    initialStock: stock,
    reorderLevel: Math.ceil(stock / 5),
    ...(options ? { options } : {}),
  }));
  return { name, category, description, variants };
}

export const electronics: Plan = {
  name: 'Ohmline Wholesale',
  slug: 'ohmline',
  currency: 'USD',
  timeZone: 'America/Chicago',
  password: 'ohmline demo pass phrase',
  owner: { name: 'Grace Okafor', email: 'grace@ohmline.example', role: 'OWNER' },
  staff: [
    { name: 'Victor Alvarez', email: 'victor@ohmline.example', role: 'ADMIN' },
    { name: 'Priya Nair', email: 'priya@ohmline.example', role: 'MANAGER' },
    { name: 'Tom Fischer', email: 'tom@ohmline.example', role: 'SUPPORT' },
    { name: 'Lena Novak', email: 'lena@ohmline.example', role: 'STAFF' },
  ],
  customers: [
    { name: 'Brightside Repairs', email: 'buying@brightside.example', role: 'CUSTOMER' },
    { name: 'Campus IT Store', email: 'orders@campus.example', role: 'CUSTOMER' },
  ],
  products: [
    product('USB-C cable, braided', 'Cables', '100 W, USB 2.0, nylon braid. Box of 10.', [
      { sku: 'USBC-1M', price: 4_900, cost: 2_300, stock: 400, options: { length: '1 m' } },
      { sku: 'USBC-2M', price: 5_900, cost: 2_700, stock: 320, options: { length: '2 m' } },
      { sku: 'USBC-3M', price: 6_900, cost: 3_200, stock: 150, options: { length: '3 m' } },
    ]),
    product('HDMI 2.1 cable', 'Cables', '48 Gbit/s, certified. Box of 10.', [
      { sku: 'HDMI-1M', price: 7_900, cost: 3_900, stock: 200, options: { length: '1 m' } },
      { sku: 'HDMI-3M', price: 9_900, cost: 4_800, stock: 120, options: { length: '3 m' } },
    ]),
    product('GaN charger', 'Power', 'Two USB-C ports and one USB-A.', [
      { sku: 'GAN-45', price: 2_450, cost: 1_280, stock: 600, options: { power: '45 W' } },
      { sku: 'GAN-65', price: 3_150, cost: 1_640, stock: 480, options: { power: '65 W' } },
      { sku: 'GAN-100', price: 4_700, cost: 2_550, stock: 180, options: { power: '100 W' } },
    ]),
    product('Thunderbolt dock', 'Docks', 'Two 4K screens, 2.5 Gbit/s Ethernet, 96 W.', [
      { sku: 'DOCK-TB4', price: 18_900, cost: 11_200, stock: 35 },
    ]),
    product('NVMe drive', 'Storage', 'PCIe 4.0, five years of warranty.', [
      { sku: 'NVME-1T', price: 7_200, cost: 5_100, stock: 90, options: { size: '1 TB' } },
      { sku: 'NVME-2T', price: 12_900, cost: 9_300, stock: 60, options: { size: '2 TB' } },
    ]),
    product('Refurbished monitor, 27 inch', 'Displays', 'Single lot, grade A.', [
      { sku: 'MON27-LOT', price: 13_500, cost: 8_800, stock: 4 },
    ]),
  ],
  adjustments: [
    { sku: 'GAN-65', delta: 120, reason: 'received', note: 'Pallet 3 of 3' },
    { sku: 'HDMI-3M', delta: -6, reason: 'damaged', note: 'Water in the container' },
  ],
  orders: [
    {
      ref: '1',
      by: 'buying@brightside.example',
      lines: [
        { sku: 'USBC-1M', quantity: 20 },
        { sku: 'GAN-65', quantity: 40 },
      ],
    },
    { ref: '2', by: 'buying@brightside.example', lines: [{ sku: 'NVME-1T', quantity: 12 }] },
    {
      ref: '3',
      by: 'buying@brightside.example',
      lines: [{ sku: 'MON27-LOT', quantity: 3 }],
      note: 'Collect on Friday',
    },
    { ref: '4', by: 'orders@campus.example', lines: [{ sku: 'MON27-LOT', quantity: 10 }], outcome: 'refused' },
    {
      ref: '5',
      by: 'orders@campus.example',
      lines: [
        { sku: 'DOCK-TB4', quantity: 10 },
        { sku: 'HDMI-1M', quantity: 10 },
      ],
    },
    { ref: '6', by: 'orders@campus.example', lines: [{ sku: 'GAN-100', quantity: 25 }], outcome: 'cancelled' },
    { ref: '7', by: 'tom@ohmline.example', lines: [{ sku: 'USBC-3M', quantity: 15 }], note: 'Ordered by e-mail' },
  ],
  exampleSku: 'GAN-45',
};
