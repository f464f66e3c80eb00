import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { ANNOTATION_PREFIX, ANNOTATIONS } from '../../src/argocd/annotations.ts';
import { parseApplication } from '../../src/argocd/parse-application.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { PolicyReading } from '../../src/argocd/policy-reading.ts';
import { permitImages } from '../../src/app/permit-images.ts';
import type { AppProjects } from '../../src/core/permissions/app-project.ts';
import { CONTEXT } from '../argocd/an-application.ts';
import { kubectlPath } from '../helpers/render-tools.ts';
import { ADMISSION_CASES, IMAGE_LIST, SETTINGS, SOURCE, type AdmissionCase } from './admission-cases.ts';
import { installation, ofKind, type Manifest } from './rendered.ts';

/** kubeconfig of a cluster to throw away, in which the cases are tried: docs/permissions.md says how. */
const KUBECONFIG = process.env['ADMISSION_KUBECONFIG'] ?? '';

/** What the policy asks about. All other annotations say which version is chosen, or how it is proposed. */
const GUARDED = [
  'git-branch',
  'git-repository',
  'helm.value-template',
  'pull-secret',
  'write-back-method',
  'write-back-target',
];

const PATIENCE = { timeout: 60_000, interval: 500 };

const REFUSED = ADMISSION_CASES.filter(({ refused }) => refused !== undefined);
const STORED = ADMISSION_CASES.filter(({ refused }) => refused === undefined);

/** The key of an annotation without its alias. */
function keyOf(name: string): string {
  const key = ANNOTATIONS.map((row) => row.key)
    .filter((one) => name === one || name.endsWith(`.${one}`))
    .toSorted((a, b) => b.length - a.length)[0];
  if (key === undefined) throw new Error(`no annotation ${name}`);
  return key;
}

const keysOf = ({ annotations }: AdmissionCase): readonly string[] => Object.keys(annotations).map(keyOf);

describe('the policy', () => {
  const policy = ofKind(installation('admission'), 'ValidatingAdmissionPolicy')[0] as Manifest & {
    readonly spec: { readonly validations: readonly { readonly messageExpression: string }[] };
  };
  const text = JSON.stringify(policy);

  test('asks about each annotation by which more can be reached than an Application’s own', () => {
    const asked = /\[\/\.\]\(([a-z.|[\]-]+)\)\$/.exec(text)?.[1]?.replaceAll('[.]', '.').split('|');
    expect(asked?.toSorted()).toEqual(GUARDED);
    expect(text).toContain(ANNOTATION_PREFIX);
  });

  test.each(GUARDED)('refuses %s in three cases at least, and stores it in one', (key) => {
    expect(REFUSED.filter((one) => keysOf(one).includes(key)).length).toBeGreaterThanOrEqual(3);
    expect(STORED.filter((one) => keysOf(one).includes(key)).length).toBeGreaterThanOrEqual(1);
  });

  test('has a reason for each refusal, and cases for each reason', () => {
    const { validations } = policy.spec;
    expect(validations.length).toBeGreaterThan(5);
    for (const { messageExpression } of validations) {
      const said = [...messageExpression.matchAll(/'([^']*)'/g)].map(([, part]) => part).join('');
      expect(said).toMatch(/^the annotation /);
      expect(REFUSED.filter(({ refused = '' }) => said.includes(refused)).length, said).toBeGreaterThan(1);
    }
  });
});

describe('Lynceus', () => {
  const tenants = ADMISSION_CASES.filter(({ before }) => before === undefined);

  test.each(tenants.filter(({ refused }) => refused !== undefined && !refused.includes('1000')))(
    'refuses too: $what',
    (one) => {
      const { images, problems } = judged(one);
      expect(images).toEqual([]);
      expect(problems).not.toEqual([]);
    },
  );

  const served = tenants.filter(
    ({ refused, namespace, excepted }) => `${refused}${namespace}${excepted}` === 'undefined'.repeat(3),
  );

  test.each(served)('serves: $what', (one) => {
    const { images, problems } = judged(one);
    expect(problems).toEqual([]);
    expect(images.length).toBe(1);
  });
});

/** What becomes of a case in Lynceus: everything is enforced, and there are no rules. */
function judged(one: AdmissionCase): PolicyReading {
  const application = parseApplication(applicationOf(one, { ...one, name: 'shop' }), 'admission-cases.ts');
  const projects: AppProjects = { kind: 'none' };
  return permitImages(readPolicies(application, CONTEXT), {
    rules: [],
    enforced: true,
    projects,
    argocdNamespace: 'argocd',
  });
}

interface Answer {
  readonly status: number | null;
  readonly said: string;
}

function kubectl(args: readonly string[], input?: string): Answer {
  const { status, stdout, stderr } = spawnSync(kubectlPath(), ['--kubeconfig', KUBECONFIG, ...args], {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  });
  return { status, said: `${stdout}${stderr}` };
}

function apply(objects: readonly unknown[]): void {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  const { status, said } = kubectl(
    ['apply', '--server-side', '--force-conflicts', '-f', '-'],
    JSON.stringify(list),
  );
  if (status !== 0) throw new Error(said);
}

/** Objects of Argo CD's kind, as far as the policy reads them. */
const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'applications.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    names: { kind: 'Application', plural: 'applications', singular: 'application' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

function applicationOf(
  { namespace = 'team-a', project = 'team-a' }: AdmissionCase,
  { name, annotations, source = {} }: { name: string; annotations: object; source?: object | undefined },
): object {
  const isWhole = 'sources' in source || 'sourceHydrator' in source;
  const sources = isWhole ? source : { source: { ...SOURCE, ...source } };
  const named = Object.entries({ ...IMAGE_LIST, ...annotations });
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace,
      annotations: Object.fromEntries(named.map(([key, value]) => [ANNOTATION_PREFIX + key, value])),
    },
    spec: {
      project,
      destination: { namespace: 'live', server: 'https://kubernetes.default.svc' },
      ...sources,
    },
  };
}

/** What the API server says to a case. Nothing is stored. */
function ask(one: AdmissionCase, index: number): Answer {
  if (one.before === undefined)
    return kubectl(
      ['create', '--dry-run=server', '-f', '-'],
      JSON.stringify(applicationOf(one, { ...one, name: 'shop' })),
    );
  const { namespace = 'team-a' } = one;
  const patch = JSON.stringify(applicationOf(one, { ...one, name: `changed-${index}` }));
  return kubectl([
    'patch',
    'applications.argoproj.io',
    `changed-${index}`,
    `--namespace=${namespace}`,
    `--patch=${patch}`,
    '--type=merge',
    '--dry-run=server',
  ]);
}

/** The policy, and what its ConfigMap holds. */
function admissionWith(data: Readonly<Record<string, string>>): readonly object[] {
  return installation('admission')
    .filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy') || kind === 'ConfigMap')
    .map((one) => (one.kind === 'ConfigMap' ? { ...one, data } : one));
}

// Only where there is one: what was not tried is not counted.
describe.each(KUBECONFIG === '' ? [] : [KUBECONFIG])('an API server with the policy', () => {
  beforeAll(async () => {
    apply([
      DEFINITION,
      ...['argocd', 'team-a'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ]);
    await vi.waitFor(
      () => expect(kubectl(['get', 'applications.argoproj.io'])).toMatchObject({ status: 0 }),
      PATIENCE,
    );
    // What is stored before is let in by exceptions: an API server may stop reading ConfigMaps when a binding is deleted.
    const everything = GUARDED.map((key) => `* ${key}`).join('\n');
    apply(admissionWith({ projects: '', exceptions: everything }));
    const changed = ADMISSION_CASES.flatMap((one, index) =>
      one.before === undefined ? [] : [applicationOf(one, { ...one.before, name: `changed-${index}` })],
    );
    await vi.waitFor(() => apply(changed), PATIENCE);
    apply(admissionWith(SETTINGS));
    // A ConfigMap counts a moment after it was stored.
    const [first] = REFUSED;
    if (first === undefined) throw new Error('no case is refused');
    await vi.waitFor(() => expect(ask(first, 0).status).not.toBe(0), PATIENCE);
  }, 120_000);

  test('says to each case what the table has', () => {
    expect(ADMISSION_CASES.flatMap((one, index) => faultOf(one, ask(one, index)))).toEqual([]);
  }, 120_000);
});

function faultOf({ what, refused }: AdmissionCase, { status, said }: Answer): readonly string[] {
  const stored = status === 0 && / (?:created \(server dry run\)|patched)$/m.test(said);
  const denied = said.includes(`denied request: the annotation ${ANNOTATION_PREFIX}`);
  const fits = refused === undefined ? stored : status !== 0 && denied && said.includes(refused);
  return fits ? [] : [`${what}: expected ${refused ?? 'to be stored'}, found ${said}`];
}
