// Which variants a new product gets: those that are listed, or the matrix of all combinations of its options.
// Invariants: at most 100 variants, each SKU once, every variant has one declared value of every declared option; else 400 with a pointer.
import { type BodyOf, type catalogApi, skuLengthMax, variantsPerProductMax } from '@holdfast/shared/contracts';
import { DomainError, type FieldError } from '@holdfast/shared/errors';

export type CreateProductBody = BodyOf<typeof catalogApi.createProduct>;
type ListedVariant = NonNullable<CreateProductBody['variants']>[number];
export type PlannedVariant = Omit<ListedVariant, 'sku' | 'options'> & {
  sku: string;
  options: Record<string, string>;
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
  const planned = body.variants.map((variant, index) => {
    const pointer = `/variants/${index}`;
    if (variant.sku === undefined) {
      errors.push({ pointer: `${pointer}/sku`, code: 'required', message: 'is required without a skuPattern' });
    }
    if (body.options) errors.push(...undeclaredOptions(variant.options ?? {}, body.options, `${pointer}/options`));
    return { ...variant, sku: variant.sku ?? '', options: variant.options ?? {} };
  });
  if (errors.length > 0) throw new DomainError('validation_failed', { errors });
  return planned;
}

function undeclaredOptions(
  chosen: Record<string, string>,
  declared: Record<string, string[]>,
  pointer: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, values] of Object.entries(declared)) {
    const value = Object.hasOwn(chosen, name) ? chosen[name] : undefined;
    if (value === undefined) errors.push({ pointer, code: 'required', message: `needs a value of ${name}` });
    else if (!values.includes(value)) {
      errors.push({ pointer, code: 'undeclared', message: `has a value of ${name} that options does not list` });
    }
  }
  for (const name of Object.keys(chosen)) {
    if (!Object.hasOwn(declared, name)) {
      errors.push({ pointer, code: 'undeclared', message: `has an option that is not declared: ${name}` });
    }
  }
  return errors;
}

function matrixVariants(body: CreateProductBody, pattern: string): PlannedVariant[] {
  if (body.options === undefined || Object.keys(body.options).length === 0) {
    refuse('/options', 'required', 'is required with skuPattern');
  }
  const template = templateOf(body);
  const names = Object.keys(body.options);
  checkPattern(pattern, names);
  return combinations(body.options).map((options) => ({ ...template, options, sku: skuOf(pattern, options) }));
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

function combinations(options: Record<string, string[]>): Record<string, string>[] {
  const count = Object.values(options).reduce((product, values) => product * new Set(values).size, 1);
  if (count > variantsPerProductMax) {
    refuse('/options', 'too_many', `make ${count} variants; at most ${variantsPerProductMax}`);
  }
  let rows: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(options)) {
    rows = rows.flatMap((row) => [...new Set(values)].map((value) => ({ ...row, [name]: value })));
  }
  return rows;
}

/** Fills the pattern in; what an SKU cannot hold becomes a dash. */
function skuOf(pattern: string, options: Record<string, string>): string {
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
    if (seen.has(sku)) refuse(listed ? `/variants/${index}/sku` : '/skuPattern', 'repeated', `makes ${sku} twice`);
    seen.add(sku);
  }
}

function refuse(pointer: string, code: string, message: string): never {
  throw new DomainError('validation_failed', { errors: [{ pointer, code, message }] });
}
