import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, parse, parseDocument, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { describe, expect, test } from 'vitest';
import { CHART, helm, objectsOf, templateAll, withoutHelm } from './chart.ts';
import { MANIFESTS, ofKind, renderFolder, workloadOf, type Manifest } from './rendered.ts';

const [DEFAULT = []] = objectsOf(templateAll(['{}']), 1);

function byName(manifests: readonly Manifest[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    manifests
      .map((one) => [`${one.kind} ${one.metadata.name}`, withoutHelm(one)] as const)
      .toSorted(([a], [b]) => a.localeCompare(b)),
  );
}

describe('the chart without values', () => {
  test('makes the objects that `kubectl apply -k manifests` makes', () => {
    expect(byName(DEFAULT)).toEqual(byName(renderFolder(MANIFESTS)));
  });

  test('has the version of the program', () => {
    const { version } = JSON.parse(readFileSync(join(MANIFESTS, '../package.json'), 'utf8')) as {
      version: string;
    };
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Record<string, unknown>;
    expect(chart).toMatchObject({ version, appVersion: version });
  });

  test('has one place for the image, which the workflow of releases fills in', () => {
    const workflow = readFileSync(join(MANIFESTS, '../.github/workflows/release.yml'), 'utf8');
    const pattern = /sed -i "s\|(\^.*\$)\|(.*)\|" manifests\/chart\/values\.yaml/.exec(workflow);
    const values = readFileSync(join(CHART, 'values.yaml'), 'utf8');
    const filled = values.replaceAll(new RegExp(pattern?.[1] ?? 'nothing', 'gm'), pattern?.[2] ?? '');
    expect((parse(filled) as { image: object }).image).toMatchObject({ repository: '$IMAGE' });
    expect(filled.split('\n').filter((line, index) => line !== values.split('\n')[index])).toHaveLength(1);
  });

  test('has the definition of `manifests/crd`, and keeps it', () => {
    const [file, copy] = [
      join(MANIFESTS, 'crd/image-updaters.yaml'),
      join(CHART, 'files/image-updaters.yaml'),
    ];
    expect(readFileSync(copy, 'utf8')).toBe(readFileSync(file, 'utf8'));
    const [definition] = ofKind(DEFAULT, 'CustomResourceDefinition');
    expect(definition?.metadata.annotations).toEqual({
      'helm.sh/resource-policy': 'keep',
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
    });
  });

  test('passes `helm lint`', () => {
    const { status, stdout } = helm('lint', '--strict', CHART);
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('0 chart(s) failed') as string,
    });
  });
});

describe('a value that cannot be meant', () => {
  // prettier-ignore
  const UNKNOWN: readonly (readonly [values: object, said: string])[] = [
    [{ replicas: 2 }, '(root): Additional property replicas is not allowed'],
    [{ config: { logLvl: 'debug' } }, 'config: Additional property logLvl is not allowed'],
    [{ config: { argocd: { server: 'x' } } }, 'config.argocd: Additional property server is not allowed'],
    [{ ingress: { host: 'a' } }, 'ingress: Additional property host is not allowed'],
    [{ ingress: { hostname: 5 } }, 'ingress.hostname: Invalid type. Expected: string, given: integer'],
    [{ service: { type: 'Nodeport' } }, 'service.type: service.type must be one of the following: "ClusterIP", "NodePort", "LoadBalancer"'],
    [{ extraArgs: '--dry-run' }, 'extraArgs: Invalid type. Expected: array, given: string'],
    [{ image: { pullPolicy: 'always' } }, 'image.pullPolicy: image.pullPolicy must be one of'],
    [{ containerPorts: { webhook: 70_000 } }, 'containerPorts.webhook: Must be less than or equal to 65535'],
    [{ config: { 'webhook.port': 'http' } }, "config.webhook.port: Does not match pattern '^[0-9]*$'"],
    [{ rbac: { secrets: { name: [] } } }, 'rbac.secrets: Additional property name is not allowed'],
    [{ serviceAccount: { create: 'yes' } }, 'serviceAccount.create: Invalid type. Expected: boolean, given: string'],
    [{ metrics: { serviceMonitor: { namespaceSelector: {} } } }, 'metrics.serviceMonitor: Additional property namespaceSelector is not allowed'],
  ];
  const { status, stderr } = templateAll(UNKNOWN.map(([values]) => JSON.stringify(values)));

  test.each(UNKNOWN)('is named: %j', (_, said) => {
    expect(status).not.toBe(0);
    expect(stderr).toContain(`- ${said}`);
  });

  test.each([
    [
      { image: { repository: 'quay.io/argoprojlabs/argocd-image-updater' } },
      'image.repository: expected where the image of Lynceus is, found that of Argo CD Image Updater (quay.io/argoprojlabs/argocd-image-updater)',
    ],
    [
      { containerPorts: { health: 8082 } },
      'containerPorts: expected three ports, found health 8082, metrics 8081 and webhook 8082',
    ],
    [{ httpRoute: { enabled: true } }, 'httpRoute.parentRefs: expected the Gateway of the route, found none'],
  ])('is refused: %j', (values, said) => {
    const refused = templateAll([JSON.stringify(values)]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain(said);
  });
});

/** A value of values.yaml: its path, default, and the comment above it. */
interface Value {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly text: string;
}

/** Every value that has a comment `# -- …`, with all below it; a map without one is a group of values. */
function valuesOf(map: YAMLMap, above: readonly string[] = []): readonly Value[] {
  return (map.items as Pair<Scalar<string>>[]).flatMap(({ key, value }, index) => {
    // The first comment of a map is that of the map itself.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : undefined) ?? '';
    const path = [...above, key.value];
    const text = /(?:^|\n) -- ([^]*)$/.exec(comment)?.[1];
    if (text === undefined && isMap(value)) return valuesOf(value as YAMLMap, path);
    if (text === undefined) throw new Error(`values.yaml: no comment above ${path.join('.')}`);
    const json = (value as { toJSON(): unknown } | null)?.toJSON() ?? null;
    return [{ path, value: json, text: text.replaceAll(/\s+/g, ' ') }];
  });
}

function rowOf({ path, value, text }: Value): string {
  const name = path.map((one) => (one.includes('.') ? `"${one}"` : one)).join('.');
  return `| \`${name}\` | \`${JSON.stringify(value)}\` | ${text} |`;
}

interface ValuesSchema {
  readonly properties?: Readonly<Record<string, ValuesSchema>>;
}

test('docs/helm.md names values that are there', () => {
  const page = readFileSync(join(MANIFESTS, '../docs/helm.md'), 'utf8');
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Readonly<Record<string, unknown>>;
  const named = [...page.matchAll(/`([a-zA-Z]+(?:\.(?:[\w-]+|"[\w.-]+"))+)(?:: [^`]*)?`/g)].map(
    ([, path = '']) => path,
  );
  const paths = named.filter((path) => (path.split('.')[0] ?? '') in values);
  expect(paths.length).toBeGreaterThan(15);
  const isThere = (path: string): boolean => {
    const steps = [...path.matchAll(/"([^"]+)"|([\w-]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    let value: unknown = values;
    for (const step of steps) {
      if (typeof value !== 'object' || value === null || !(step in value)) return false;
      value = (value as Readonly<Record<string, unknown>>)[step];
    }
    return true;
  };
  expect(paths.filter((path) => !isThere(path))).toEqual([]);
});

describe('values.yaml', () => {
  const document = parseDocument(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  const values = valuesOf(document.contents as YAMLMap);

  test('is the table of the README', () => {
    const page = join(CHART, 'README.md');
    const table = ['| value | default | what it is |', '| --- | --- | --- |', ...values.map(rowOf)].join(
      '\n',
    );
    const text = readFileSync(page, 'utf8');
    const wanted = text.replace(
      /(<!-- values: .* -->\n\n)[^]*?(<!-- end of values -->)/,
      (_, start: string, end: string) => `${start}${table}\n\n${end}`,
    );
    if (process.env['UPDATE'] === '1') writeFileSync(page, wanted);
    else expect(text).toBe(wanted);
    expect(wanted).toContain(table);
  });

  test('has what the schema has, and nothing else', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as ValuesSchema;
    const leavesOf = ({ properties }: ValuesSchema, path: string): readonly string[] =>
      properties === undefined
        ? [path]
        : Object.entries(properties).flatMap(([name, one]) => leavesOf(one, `${path}/${name}`));
    // Helm gives it to a chart that is a part of another one.
    const known = leavesOf(schema, '').filter((path) => path !== '/global');
    expect(values.map(({ path }) => `/${path.join('/')}`).toSorted()).toEqual(known.toSorted());
  });

  test('has each key of the ConfigMap that the pod reads, by its own name or an older one', () => {
    const { container, pod } = workloadOf(DEFAULT);
    const keys = container.env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.key ?? []);
    const files = pod.volumes.flatMap(({ configMap }) => configMap?.items ?? []).map(({ key }) => key);
    const older =
      /^(?:applications_api|registries\.conf|argocd\.(?:grpc_web|server_addr|insecure|plaintext))$/;
    const known = values.flatMap(({ path: [group, name = ''] }) => (group === 'config' ? [name] : []));
    expect([...keys, ...files].filter((key) => !known.includes(key) && !older.test(key))).toEqual([]);
    expect(known.length).toBeGreaterThan(20);
  });
});
