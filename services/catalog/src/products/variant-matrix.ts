// Which variants a new product gets: those that are listed, or the matrix of all combinations of its options.
// Invariants: at most 100 variants, each SKU and each combination once, every variant has one declared value of every
// declared option; else 400 with a pointer.
import { type BodyOf, type catalogApi, skuLengthMax, variantsPerProductMax } from '@holdfast/shared/contracts';
import { DomainError, type FieldError } from '@holdfast/shared/errors';
import { skuKeyOf } from '../variants/sku.ts';
import { type Combination, combinationKey, declaredOptions, flawsOf, type Options } from './options.ts';

export type CreateProductBody = BodyOf<typeof catalogApi.createProduct>;
type ListedVariant = NonNullable<CreateProductBody['variants']>[number];
export type PlannedVariant = Omit<ListedVariant, 'sku' | 'options'> & {
  sku: string;
  options: Combination;
};

/** The variants to create, in their order. Throws `validation_failed` with a pointer for each mistake. */
export function planVariants(body: CreateProductBody): PlannedVariant[] {
  const planned = body.skuPattern === undefined ? listedVariants(body) : matrixVariants(body, body.skuPattern);
  refuseRepeatedSkus(planned, body.skuPattern === undefined);
  return planned;
}

function listedVariants(body: CreateProductBody): PlannedVariant[] {
  if (body.template !== undefined) refuse('/template', 'needs_pattern', 'is only used together with skuPattern');
  if (body.variants === undefined) {
    refuse('/variants', 'required', 'is required, unless options and skuPattern describe a matrix');
  }
  const errors: FieldError[] = [];
  const declared = declaredOptions(body.options);
  const combinations = new Set<string>();
  const planned = body.variants.map((variant, index) => {
    const pointer = `/variants/${index}`;
    const options = variant.options ?? {};
    if (variant.sku === undefined) {
      errors.push({ pointer: `${pointer}/sku`, code: 'required', message: 'is required without a skuPattern' });
    }
    for (const flaw of flawsOf(options, declared)) errors.push({ pointer: `${pointer}/options`, ...flaw });
    const key = combinationKey(options);
    if (key !== undefined && combinations.has(key)) {
      errors.push({ pointer: `${pointer}/options`, code: 'repeated', message: 'are those of an earlier variant' });
    }
    if (key !== undefined) combinations.add(key);
    return { ...variant, sku: variant.sku ?? '', options };
  });
  if (errors.length > 0) throw new DomainError('validation_failed', { errors });
  return planned;
}

function matrixVariants(body: CreateProductBody, pattern: string): PlannedVariant[] {
  const declared = declaredOptions(body.options) ?? refuse('/options', 'required', 'is required with skuPattern');
  const template = templateOf(body);
  checkPattern(pattern, Object.keys(declared));
  return combinationsOf(declared).map((options) => ({ ...template, options, sku: skuOf(pattern, options) }));
}

function templateOf(body: CreateProductBody): Omit<PlannedVariant, 'sku' | 'options'> {
  const { template, variants } = body;
  if (template !== undefined && variants === undefined) return template;
  if (template === undefined && variants?.length === 1) {
    const { sku: _sku, options, ...fields } = variants[0]!;
    if (options !== undefined) refuse('/variants/0/options', 'conflict', 'come from the matrix');
    return fields;
  }
  return refuse('/template', 'required', 'is what every variant of the matrix has: send it, or exactly one variant');
}

function checkPattern(pattern: string, names: string[]): void {
  const used = [...pattern.matchAll(/\{([^{}]{1,32})\}/g)].map((match) => match[1]!);
  for (const name of used) {
    if (!names.includes(name)) refuse('/skuPattern', 'unknown_option', `names {${name}}, which is not an option`);
  }
  for (const name of names) {
    if (!used.includes(name)) {
      refuse('/skuPattern', 'missing_option', `must contain {${name}}, or several variants would have one SKU`);
    }
  }
}

function combinationsOf(options: Options): Combination[] {
  const count = Object.values(options).reduce((product, values) => product * values.length, 1);
  if (count > variantsPerProductMax) {
    refuse('/options', 'too_many', `make ${count} variants; at most ${variantsPerProductMax}`);
  }
  let rows: Combination[] = [{}];
  for (const [name, values] of Object.entries(options)) {
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  }
  return rows;
}

/** Fills the pattern in; what an SKU cannot hold becomes a dash. */
function skuOf(pattern: string, options: Combination): string {
  const sku = pattern.replaceAll(/\{([^{}]{1,32})\}/g, (_whole, name: string) =>
    (options[name] ?? '').replaceAll(/[^A-Za-z0-9._/-]+/g, '-'),
  );
  if (sku.length > skuLengthMax)
    refuse('/skuPattern', 'too_long', `makes an SKU of more than ${skuLengthMax} characters`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(sku)) {
    refuse(
      '/skuPattern',
      'invalid',
      `makes the SKU ${sku}; it must start with a letter or digit and hold only . _ / - besides`,
    );
  }
  return sku;
}

function refuseRepeatedSkus(variants: PlannedVariant[], listed: boolean): void {
  const seen = new Set<string>();
  for (const [index, { sku }] of variants.entries()) {
    const key = skuKeyOf(sku);
    if (seen.has(key)) refuse(listed ? `/variants/${index}/sku` : '/skuPattern', 'repeated', `makes ${sku} twice`);
    seen.add(key);
  }
}

function refuse(pointer: string, code: string, message: string): never {
  throw new DomainError('validation_failed', { errors: [{ pointer, code, message }] });
}
