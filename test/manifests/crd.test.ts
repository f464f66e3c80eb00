import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { readImageUpdater } from '../../src/argocd/parse-image-updater.ts';
import { statusImageKey } from '../../src/core/updater-status/images-not-updated.ts';
import { nextStatus, type UpdaterHappening } from '../../src/core/updater-status/next-status.ts';
import { kubectlPath } from '../helpers/render-tools.ts';
import { image } from '../reporters/reports.ts';
import { CRD_CASES, STATUS_CASES, type CrdCase } from './crd-cases.ts';
import { manifestsOf, MANIFESTS, type Manifest } from './rendered.ts';
import { violationsIn, type StructuralSchema } from './structural-schema.ts';

/** kubeconfig of a cluster to throw away, in which the cases are tried as well: docs/permissions.md says how. */
const KUBECONFIG = process.env['ADMISSION_KUBECONFIG'] ?? '';

const FILE = join(MANIFESTS, 'crd/image-updaters.yaml');

interface Definition extends Manifest {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly subresources: object;
      readonly additionalPrinterColumns: readonly { readonly name: string }[];
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

const [DEFINITION, ...OTHERS] = manifestsOf(readFileSync(FILE, 'utf8')) as Definition[];
if (DEFINITION === undefined || OTHERS.length > 0) throw new Error(`expected one object in ${FILE}`);
const [VERSION] = DEFINITION.spec.versions;
if (VERSION === undefined) throw new Error(`no version in ${FILE}`);
const SCHEMA = VERSION.schema.openAPIV3Schema;

function resourceOf({ spec }: Pick<CrdCase, 'spec'>, name: string): object {
  return {
    apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1',
    kind: 'ImageUpdater',
    metadata: { name, namespace: 'default' },
    spec,
  };
}

/** Each schema within a schema, with its path. */
function partsOf(schema: StructuralSchema, path: string): readonly (readonly [string, StructuralSchema])[] {
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
    partsOf(one, `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : partsOf(schema.items, `${path}[]`);
  return [[path, schema], ...members, ...items];
}

const PARTS = partsOf(SCHEMA, '');
const RULES = PARTS.flatMap(([, schema]) => schema['x-kubernetes-validations'] ?? []);

describe('the definition of ImageUpdater', () => {
  test('is that of Argo CD Image Updater by its names', () => {
    expect(DEFINITION.metadata.name).toBe('imageupdaters.argocd-image-updater.argoproj.io');
    expect(DEFINITION.spec).toMatchObject({
      group: 'argocd-image-updater.argoproj.io',
      scope: 'Namespaced',
      names: {
        kind: 'ImageUpdater',
        listKind: 'ImageUpdaterList',
        plural: 'imageupdaters',
        singular: 'imageupdater',
      },
    });
    expect(VERSION).toMatchObject({
      name: 'v1alpha1',
      served: true,
      storage: true,
      subresources: { status: {} },
    });
    expect(VERSION.additionalPrinterColumns.map(({ name }) => name)).toEqual([
      'Apps',
      'Images',
      'Last Checked',
      'Ready',
    ]);
  });

  test('has no default, which would hide what a level above says', () => {
    expect(PARTS.length).toBeGreaterThan(100);
    expect(PARTS.filter(([, schema]) => 'default' in schema).map(([path]) => path)).toEqual([]);
  });

  test.each(['commonUpdateSettings', 'writeBackConfig', 'imagesVerification'])(
    'has the same %s on each level',
    (block) => {
      const found = PARTS.filter(([path]) => path.endsWith(`.${block}`));
      expect(found.length).toBeGreaterThanOrEqual(2);
      const bare = found.map(([, schema]) => JSON.stringify({ ...schema, description: '' }));
      expect(new Set(bare).size).toBe(1);
    },
  );

  test('explains each field that the metadata of Kubernetes does not', () => {
    const known =
      /^$|^\.(?:apiVersion|kind|metadata)|\.labelSelectors\.|\.conditions\[\]|\[\]$|\.(?:alias|updatedAt|message)$/;
    const silent = PARTS.filter(([path, { description = '' }]) => description === '' && !known.test(path));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('refuses something by each of its rules', () => {
    const messages = new Set(RULES.map(({ message }) => message));
    expect(messages.size).toBe(5);
    for (const message of messages)
      expect(CRD_CASES.filter(({ refused }) => refused === message).length, message).toBeGreaterThan(1);
  });
});

const ANYTHING: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

test.each(CRD_CASES)('the schema fits, or does not: $what', ({ spec, refused }) => {
  const properties = { ...SCHEMA.properties, metadata: ANYTHING };
  const found = violationsIn(resourceOf({ spec }, 'shop'), { ...SCHEMA, properties }, '');
  // Rules in CEL are asked of an API server only.
  const isRule = RULES.some(({ message }) => message === refused);
  if (refused === undefined || isRule) expect(found).toEqual([]);
  else expect(found.join('\n')).toContain(refused);
});

test.each(CRD_CASES.filter(({ refused }) => refused === undefined))('Lynceus reads: $what', ({ spec }) => {
  expect(readImageUpdater(resourceOf({ spec }, 'shop'), 'crd-cases.ts').kind).toBe('updater');
});

const STATUS = SCHEMA.properties?.['status'];
if (STATUS === undefined) throw new Error(`no status in ${FILE}`);

test.each(STATUS_CASES)('the schema of the status fits, or does not: $what', ({ status, refused }) => {
  const found = violationsIn(status, STATUS, 'status');
  if (refused === undefined) expect(found).toEqual([]);
  else expect(found.join('\n')).toContain(refused);
});

const RESULTS = [image('failed'), image('held'), image('skipped'), image('updated')];

test.each<UpdaterHappening>([
  {
    kind: 'checked',
    generation: 3,
    applications: 1,
    images: 4,
    listed: new Set(RESULTS.map(statusImageKey)),
    results: RESULTS,
    problems: 1,
  },
  {
    kind: 'checked',
    generation: undefined,
    applications: 0,
    images: 0,
    listed: new Set(),
    results: [],
    problems: 0,
  },
  { kind: 'invalid', generation: 3, message: 'spec.applicationRefs: expected a list' },
  { kind: 'unreadable', generation: 3, message: 'no answer' },
])('what Lynceus writes fits: $kind', (happening) => {
  const first = nextStatus({}, happening, 0);
  expect(violationsIn(first, STATUS, 'status')).toEqual([]);
  expect(violationsIn(nextStatus(first, happening, 60_000), STATUS, 'status')).toEqual([]);
});

function kubectl(args: readonly string[], input = ''): { status: number | null; said: string } {
  const options = { encoding: 'utf8', input } as const;
  const { status, stdout, stderr } = spawnSync(kubectlPath(), ['--kubeconfig', KUBECONFIG, ...args], options);
  return { status, said: `${stdout}${stderr}` };
}

// Only where there is one: what was not tried is not counted.
describe.each(KUBECONFIG === '' ? [] : [KUBECONFIG])('an API server with the definition', () => {
  beforeAll(async () => {
    const applied = kubectl(['apply', '--server-side', '--force-conflicts', '-f', FILE]);
    expect(applied).toMatchObject({ status: 0 });
    const first = JSON.stringify(resourceOf(CRD_CASES[0] ?? { spec: {} }, 'kept'));
    await vi.waitFor(() => expect(kubectl(['apply', '-f', '-'], first)).toMatchObject({ status: 0 }), {
      timeout: 60_000,
      interval: 500,
    });
  }, 120_000);

  test('says to each case what the table has', () => {
    // Not by `kubectl create -f`, which looks at the schema itself and then asks for nothing.
    const path = `/apis/${DEFINITION.spec.group}/v1alpha1/namespaces/default/imageupdaters`;
    const faults = CRD_CASES.flatMap((one) => {
      const input = JSON.stringify(resourceOf(one, 'shop'));
      const asked = ['create', '--raw', `${path}?dryRun=All&fieldValidation=Strict`, '-f', '-'];
      const { status, said } = kubectl(asked, input);
      const fits = one.refused === undefined ? status === 0 : status !== 0 && said.includes(one.refused);
      return fits ? [] : [`${one.what}: expected ${one.refused ?? 'to be stored'}, found ${said}`];
    });
    expect(faults).toEqual([]);
  }, 120_000);

  test('stores the statuses of the table, and prints the columns', () => {
    const patch = (status: object, ...more: readonly string[]) =>
      kubectl([
        'patch',
        'imageupdater',
        'kept',
        '--subresource=status',
        '--type=merge',
        `--patch=${JSON.stringify({ status })}`,
        ...more,
      ]);
    const faults = STATUS_CASES.flatMap(({ what, status, refused }) => {
      const { status: code, said } = patch(status, '--dry-run=server');
      const fits = refused === undefined ? code === 0 : said.includes(refused);
      return fits ? [] : [`${what}: ${said}`];
    });
    expect(faults).toEqual([]);
    expect(patch(STATUS_CASES[0]?.status ?? {})).toMatchObject({ status: 0 });
    const [header, row] = kubectl(['get', 'imageupdaters']).said.split('\n');
    expect(header?.split(/ {2,}/)).toEqual(['NAME', 'APPS', 'IMAGES', 'LAST CHECKED', 'READY']);
    expect(row).toMatch(/^kept +5 +9 +\S+ +True$/);
  }, 120_000);
});
