// Fjord Outfitters: a fashion shop whose products come in three sizes and three colours.
import type { Plan, Product } from './plan.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });

type Garment = { code: string; name: string; category: string; description: string; price: number; cost: number };

/** A product with the matrix of 3 sizes and 3 colours: 9 SKUs such as TEE-M-NAVY. */
function garment({ code, name, category, description, price, cost }: Garment, stock: number): Product {
  return {
    name,
    category,
    description,
    options: { size: ['S', 'M', 'L'], color: ['NAVY', 'SAND', 'MOSS'] },
    skuPattern: `${code}-{size}-{color}`,
    template: { price: eur(price), cost: eur(cost), initialStock: stock, reorderLevel: Math.ceil(stock / 4) },
    metadata: { season: 'AW26' },
  };
}

const shirts = 'Shirts and knitwear';
const outerwear = 'Outerwear';

export const fashion: Plan = {
  name: 'Fjord Outfitters',
  slug: 'fjord',
  currency: 'EUR',
  timeZone: 'Europe/Oslo',
  password: 'fjord demo pass phrase',
  owner: { name: 'Ida Berg', email: 'ida@fjord.example', role: 'OWNER' },
  staff: [
    { name: 'Aksel Lund', email: 'aksel@fjord.example', role: 'ADMIN' },
    { name: 'Maren Holm', email: 'maren@fjord.example', role: 'MANAGER' },
    { name: 'Siri Vik', email: 'siri@fjord.example', role: 'SUPPORT' },
    { name: 'Stian Dahl', email: 'stian@fjord.example', role: 'STAFF' },
  ],
  customers: [
    { name: 'Nora Solberg', email: 'nora@customer.example', role: 'CUSTOMER' },
    { name: 'Jonas Weber', email: 'jonas@customer.example', role: 'CUSTOMER' },
    { name: 'Elise Martin', email: 'elise@customer.example', role: 'CUSTOMER' },
  ],
  products: [
    garment(
      {
        code: 'TEE',
        name: 'Merino tee',
        category: shirts,
        price: 5_900,
        cost: 2_100,
        description: 'A light shirt of 150 g merino wool that needs little washing.',
      },
      40,
    ),
    garment(
      {
        code: 'KNIT',
        name: 'Fisherman sweater',
        category: shirts,
        price: 14_900,
        cost: 6_200,
        description: 'Heavy rib knit from Norwegian wool, made for wind.',
      },
      18,
    ),
    garment(
      {
        code: 'SHELL',
        name: 'Rain shell',
        category: outerwear,
        price: 22_900,
        cost: 9_800,
        description: 'Three layers, taped seams, packs into its own pocket.',
      },
      12,
    ),
    garment(
      {
        code: 'CHINO',
        name: 'Everyday chino',
        category: 'Trousers',
        price: 8_900,
        cost: 3_400,
        description: 'Organic cotton twill with a little stretch.',
      },
      25,
    ),
    {
      name: 'Wool cap',
      category: 'Accessories',
      description: 'One size, folded brim.',
      variants: [{ sku: 'CAP-MOSS', price: eur(2_900), cost: eur(900), initialStock: 60, reorderLevel: 15 }],
    },
    {
      name: 'Anniversary scarf',
      category: 'Accessories',
      description: 'Numbered edition; when it is gone, it is gone.',
      variants: [{ sku: 'SCARF-10Y', price: eur(7_900), cost: eur(2_800), initialStock: 3 }],
    },
  ],
  adjustments: [
    { sku: 'CAP-MOSS', delta: 24, reason: 'received', note: 'Delivery of the autumn batch' },
    { sku: 'SHELL-L-SAND', delta: -2, reason: 'damaged', note: 'Torn seam tape' },
    { sku: 'TEE-M-NAVY', delta: 3, reason: 'found', note: 'Behind the fitting rooms' },
  ],
  orders: [
    {
      ref: '1',
      by: 'nora@customer.example',
      lines: [
        { sku: 'TEE-M-NAVY', quantity: 2 },
        { sku: 'CAP-MOSS', quantity: 1 },
      ],
    },
    { ref: '2', by: 'nora@customer.example', lines: [{ sku: 'KNIT-M-SAND', quantity: 1 }] },
    {
      ref: '3',
      by: 'jonas@customer.example',
      lines: [
        { sku: 'SHELL-L-MOSS', quantity: 1 },
        { sku: 'CHINO-L-NAVY', quantity: 1 },
      ],
    },
    { ref: '4', by: 'jonas@customer.example', lines: [{ sku: 'TEE-L-SAND', quantity: 3 }], outcome: 'cancelled' },
    {
      ref: '5',
      by: 'elise@customer.example',
      lines: [{ sku: 'SCARF-10Y', quantity: 1 }],
      note: 'A present, please wrap it',
    },
    { ref: '6', by: 'elise@customer.example', lines: [{ sku: 'SCARF-10Y', quantity: 5 }], outcome: 'refused' },
    { ref: '7', by: 'siri@fjord.example', lines: [{ sku: 'CHINO-S-MOSS', quantity: 2 }], note: 'Ordered by telephone' },
    {
      ref: '8',
      by: 'elise@customer.example',
      lines: [
        { sku: 'KNIT-S-NAVY', quantity: 1 },
        { sku: 'TEE-S-MOSS', quantity: 2 },
      ],
    },
  ],
  exampleSku: 'CAP-MOSS',
};
