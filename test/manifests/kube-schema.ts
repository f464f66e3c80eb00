import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The types of @kubernetes/client-node are generated from the OpenAPI document that Kubernetes publishes. */
const MODELS = fileURLToPath(
  new URL('../../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url),
);

interface Field {
  readonly type: string;
  readonly required: boolean;
}

const known = new Map<string, ReadonlyMap<string, Field>>();

/** Names and types of the fields of a model: `V1DeploymentSpec`. */
function fieldsOf(model: string): ReadonlyMap<string, Field> {
  const found = known.get(model);
  if (found !== undefined) return found;
  const text = readFileSync(`${MODELS}${model}.d.ts`, 'utf8');
  const rows = [...text.matchAll(/^ {4}'(\w+)'(\??): (\{[^}]*\}|[^;]*);$/gm)];
  const fields = new Map(
    rows.map(([, name = '', optional, type = '']) => [
      // The generator marks words of the language: `_from`.
      name.replace(/^_/, ''),
      { type: type.replaceAll(/\s+/g, ' '), required: optional === '' },
    ]),
  );
  known.set(model, fields);
  return fields;
}

/** What the API server would not understand: unknown and missing fields, and values of a wrong type. */
export function faultsIn(value: unknown, type: string, path = ''): readonly string[] {
  const wrong = (expected: string): readonly string[] => [
    `${path}: expected ${expected}, found ${JSON.stringify(value).slice(0, 60)}`,
  ];
  const element = /^Array<(.*)>$/.exec(type)?.[1];
  if (element !== undefined) {
    if (!Array.isArray(value)) return wrong('a list');
    return value.flatMap((one, index) => faultsIn(one, element, `${path}[${index}]`));
  }
  const entry = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (entry === undefined && !/^[A-Z]\w*V?\d/.test(type)) return isScalar(value, type) ? [] : wrong(type);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('a map');
  if (entry !== undefined)
    return Object.entries(value).flatMap(([key, one]) => faultsIn(one, entry, `${path}.${key}`));
  return faultsInModel(value, type, path);
}

function faultsInModel(value: object, model: string, path: string): readonly string[] {
  const fields = fieldsOf(model);
  const missing = [...fields].filter(([name, { required }]) => required && !(name in value));
  return [
    ...missing.map(([name]) => `${path}.${name}: is missing`),
    ...Object.entries(value).flatMap(([name, one]) => {
      const field = fields.get(name);
      return field === undefined
        ? [`${path}.${name}: is unknown`]
        : faultsIn(one, field.type, `${path}.${name}`);
    }),
  ];
}

function isScalar(value: unknown, type: string): boolean {
  if (type === 'any') return true;
  if (type === 'IntOrString') return typeof value === 'string' || Number.isInteger(value);
  return typeof value === type;
}
