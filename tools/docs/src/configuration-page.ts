// docs/configuration.md and .env.example: every variable that a service reads, from the schemas that read them.
import { configSchema as auth } from '@holdfast/auth/config';
import { configSchema as catalog } from '@holdfast/catalog/config';
import { configSchema as gateway } from '@holdfast/gateway/config';
import { configSchema as inventory } from '@holdfast/inventory/config';
import { configSchema as orders } from '@holdfast/orders/config';
import { configSchema as realtime } from '@holdfast/realtime/config';
import { z } from 'zod';
import { page, table } from './table.ts';

const schemas: Readonly<Record<string, z.ZodObject>> = { gateway, auth, catalog, inventory, orders, realtime };

type Variable = { name: string; required: boolean; standard: string; form: string; description: string };
/** A variable as one or more services read it in the same way. */
type Entry = Variable & { services: string[] };

type FieldSchema = {
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
  type?: string;
};

function formOf({ enum: values, type, minimum, maximum, pattern }: FieldSchema): string {
  if (values) return values.map((value) => `\`${value}\``).join(', ');
  if (type === 'integer' || type === 'number') return `${minimum} to ${maximum}`;
  return pattern ? `matches \`${pattern}\`` : 'text';
}

/** The variables of one service. Throws for one without a description. */
export function variablesOf(schema: z.ZodObject): Variable[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, FieldSchema>;
  };
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description } = field as z.ZodType;
    if (!description) throw new Error(`${name} has no description`);
    const own = json.properties[name] ?? {};
    const required = !(field as z.ZodType).safeParse(undefined).success;
    const standard = own.default === undefined ? '' : String(own.default);
    return { name, required, standard, form: formOf(own), description };
  });
}

function entries(): Entry[] {
  const merged = new Map<string, Entry>();
  for (const [service, schema] of Object.entries(schemas)) {
    for (const variable of variablesOf(schema)) {
      const key = JSON.stringify(variable);
      const known = merged.get(key);
      if (known) known.services.push(service);
      else merged.set(key, { ...variable, services: [service] });
    }
  }
  return [...merged.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

const forServices = ({ services }: Entry) =>
  services.length === Object.keys(schemas).length ? 'all' : services.join(', ');

/** The page about configuration. */
export function configurationPage(): string {
  const rows = entries().map((entry) => [
    `\`${entry.name}\``,
    forServices(entry),
    entry.required ? 'required' : entry.standard === '' ? 'optional' : `\`${entry.standard}\``,
    entry.form,
    entry.description,
  ]);
  return page(
    'Configuration',
    'Services read the environment once, when they start, and refuse to start with a wrong or missing setting. `npm start` sets all of it; below is for running services by hand or elsewhere.',
    table(['variable', 'read by', 'default', 'form', 'meaning'], rows),
  );
}

/** .env.example: every variable once, required ones empty. */
export function envExample(): string {
  const byName = new Map<string, Entry[]>();
  for (const entry of entries()) byName.set(entry.name, [...(byName.get(entry.name) ?? []), entry]);
  const blocks = [...byName].map(([name, read]) => {
    const comments = read.map((entry) => `# ${forServices(entry)}: ${entry.description}`);
    const required = read.some((entry) => entry.required);
    const standards = [...new Set(read.map((entry) => entry.standard))];
    const value = standards.length === 1 ? standards[0]! : '';
    return [...comments, required ? `${name}=` : `# ${name}=${value}`].join('\n');
  });
  return `# Generated from the code by \`npm run docs\`. Lines without # are required.\n\n${blocks.join('\n\n')}\n`;
}
