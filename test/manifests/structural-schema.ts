/** The part of a structural schema (CustomResourceDefinition v1) that our definition uses. */
export interface StructuralSchema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly format?: string;
  readonly default?: unknown;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

/** What an API server finds at a value, in its own words; all but rules in CEL. */
export function violationsIn(value: unknown, schema: StructuralSchema, path: string): readonly string[] {
  const type = typeOf(value);
  if (type !== schema.type) return [`${path}: must be of type ${schema.type}`];
  switch (schema.type) {
    case 'object':
      return objectViolations(value as Readonly<Record<string, unknown>>, schema, path);
    case 'array':
      return arrayViolations(value as readonly unknown[], schema, path);
    case 'string':
      return stringViolations(value as string, schema).map((one) => `${path}: ${one}`);
    case 'integer':
      return (value as number) < (schema.minimum ?? -Infinity)
        ? [`${path}: should be greater than or equal to ${schema.minimum ?? ''}`]
        : [];
    case 'boolean':
      return [];
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function objectViolations(
  value: Readonly<Record<string, unknown>>,
  schema: StructuralSchema,
  path: string,
): readonly string[] {
  const { properties = {}, additionalProperties, required = [] } = schema;
  const missing = required.filter((name) => value[name] === undefined);
  const members = Object.entries(value).flatMap(([name, one]) => {
    const known = properties[name] ?? additionalProperties;
    if (one === undefined) return [];
    if (known !== undefined) return violationsIn(one, known, `${path}.${name}`);
    return schema['x-kubernetes-preserve-unknown-fields'] === true ? [] : [`unknown field "${path}.${name}"`];
  });
  return [...missing.map((name) => `${path}.${name}: Required value`), ...members];
}

function arrayViolations(
  value: readonly unknown[],
  schema: StructuralSchema,
  path: string,
): readonly string[] {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  if (items === undefined) throw new Error(`${path}: a list without items in the schema`);
  if (value.length < minItems) return [`${path}: should have at least ${minItems} items`];
  if (value.length > maxItems) return [`${path}: must have at most ${maxItems} items`];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const ids = value.map((one) => JSON.stringify(keys.map((key) => (one as Record<string, unknown>)[key])));
  const isMap = schema['x-kubernetes-list-type'] === 'map';
  const doubled = isMap && new Set(ids).size < ids.length ? [`${path}: Duplicate value`] : [];
  return [...doubled, ...value.flatMap((one, index) => violationsIn(one, items, `${path}[${index}]`))];
}

function stringViolations(value: string, schema: StructuralSchema): readonly string[] {
  const { pattern, minLength = 0, maxLength = Infinity, format } = schema;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
  return [
    ...(value.length < minLength ? [`should be at least ${minLength} chars long`] : []),
    ...(value.length > maxLength ? [`Too long: may not be longer than ${maxLength}`] : []),
    ...(pattern !== undefined && !new RegExp(pattern).test(value) ? [`should match '${pattern}'`] : []),
    ...(schema.enum !== undefined && !schema.enum.includes(value) ? ['Unsupported value'] : []),
    ...(format === 'date-time' && !isTime ? ['must be of type date-time'] : []),
  ];
}
