import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { fenceOf, permitImages } from '../../src/app/permit-images.ts';
import { parseApplication } from '../../src/argocd/parse-application.ts';
import { readProject } from '../../src/argocd/parse-project.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { PolicyReading } from '../../src/argocd/policy-reading.ts';
import type { Config } from '../../src/config/config.ts';
import type { AppProjects } from '../../src/core/permissions/app-project.ts';
import { defaultTextOf, SETTINGS } from '../../src/settings/settings.ts';
import { PERMISSION_RULE } from '../../src/settings/permissions.ts';
import { CONTEXT } from '../argocd/an-application.ts';
import { load } from '../config/given.ts';
import { prefixed } from '../helpers/annotations.ts';
import { faultsIn } from '../manifests/kube-schema.ts';
import { renderText, workloadOf, type Manifest } from '../manifests/rendered.ts';

const PAGE = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text);

interface SetUp {
  readonly kustomization: string;
  readonly config: Manifest;
  readonly project: unknown;
  readonly application: { readonly metadata: { readonly annotations: Record<string, string> } };
  readonly others: readonly Manifest[];
}

/** The examples of one set-up; the first line of each says `# SET-UP/FILE`. */
function setUp(name: string): SetUp {
  const texts = EXAMPLES.flatMap((text) => {
    const [, file] = new RegExp(`^# ${name}/([\\w-]+)[.]yaml$`, 'm').exec(text.split('\n')[0] ?? '') ?? [];
    return file === undefined ? [] : [[file, text] as const];
  });
  const files = new Map(texts);
  const take = (file: string): string => {
    const text = files.get(file) ?? '';
    files.delete(file);
    return text;
  };
  return {
    kustomization: take('kustomization'),
    config: parse(take('config')) as Manifest,
    project: parse(take('project')) as unknown,
    application: parse(take('application')) as SetUp['application'],
    others: [...files.values()].flatMap((text) =>
      parseAllDocuments(text).map((document) => document.toJS() as Manifest),
    ),
  };
}

const rendered = new Map<string, readonly Manifest[]>();

function render({ kustomization }: SetUp): readonly Manifest[] {
  const found = rendered.get(kustomization);
  if (found !== undefined) return found;
  const manifests = renderText(kustomization.replaceAll('lynceus/manifests/', 'MANIFESTS/'));
  rendered.set(kustomization, manifests);
  return manifests;
}

/** What the pod of the set-up is configured with. */
function configOf(set: SetUp): Config {
  const data = set.config['data'] as Record<string, string>;
  const { args } = workloadOf(render(set)).container;
  const flag = (name: string): string | undefined =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const flags = { watchNamespaces: flag('watch-namespaces'), writeBackMethod: flag('write-back-method') };
  return load({
    fileText: data['lynceus.yaml'],
    registriesText: data['registries.conf'],
    flags: Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)),
  });
}

/** What becomes of the Application of the set-up, with some other annotations. */
function judged(set: SetUp, annotations: Readonly<Record<string, string>> = {}): PolicyReading {
  const config = configOf(set);
  const { metadata } = set.application;
  const changed = { ...metadata, annotations: { ...metadata.annotations, ...prefixed(annotations) } };
  const application = parseApplication({ ...set.application, metadata: changed }, 'docs/permissions.md');
  const project = set.project === null ? undefined : readProject(set.project);
  const projects: AppProjects =
    project === undefined
      ? { kind: 'none' }
      : { kind: 'known', projects: new Map([[project.name, project]]) };
  const { namespaces } = config.applications;
  const permissions = {
    rules: config.permissions.rules,
    enforced: config.permissions.written || namespaces.kind === 'all',
  };
  const context = { ...CONTEXT, defaultMethod: config.writeBack.method };
  const fence = fenceOf({ applications: [application], projects }, { permissions, policyContext: context });
  return permitImages(readPolicies(application, context), fence);
}

const SET_UPS = ['one-team', 'projects', 'any-namespace'];

describe.each(SET_UPS)('the set-up %s', (name) => {
  const set = setUp(name);

  test('is made of what Kubernetes takes', () => {
    const all = [...render(set), set.config, ...set.others];
    expect(all.length).toBeGreaterThan(5);
    expect(all.flatMap((one) => faultsIn(one, `V1${one.kind}`, one.kind))).toEqual([]);
  });

  test('has a configuration without faults, and its Application is served', () => {
    const { images, problems, refused } = judged(set);
    expect({ problems, refused }).toEqual({ problems: [], refused: [] });
    expect(images.length).toBeGreaterThan(0);
  });

  test.each([
    ['git-repository', 'https://git.example.com/team-b/deploy.git'],
    ['git-branch', 'production'],
    ['write-back-target', 'helmvalues:/clusters/live/values.yaml'],
  ])('%s: %s is refused where that is enforced', (key, value) => {
    const alias = name === 'projects' ? 'web.' : '';
    const { images } = judged(set, { [`${alias}${key}`]: value });
    const others = name === 'projects' ? ['api'] : [];
    expect(images.map((image) => image.alias)).toEqual(name === 'one-team' ? ['web'] : others);
  });

  test('gives the pod each variable that may be named', () => {
    const named = configOf(set).permissions.environment.map((one) => one.name);
    const given = workloadOf(render(set)).container.env.map((one) => one.name);
    expect(named.filter((one) => !given.includes(one))).toEqual([]);
    expect(named).toEqual(name === 'any-namespace' ? ['GHCR_LOGIN'] : []);
  });

  test('may patch Applications only where they are written', () => {
    const rules = render(set).flatMap((one) => (one['rules'] ?? []) as Rule[]);
    const verbs = rules
      .filter(({ resources }) => resources.includes('applications'))
      .map((rule) => rule.verbs);
    expect(verbs.length).toBeGreaterThan(0);
    expect(verbs.flat().includes('patch')).toBe(name === 'one-team');
  });

  test('grants no Secret but those that the page speaks of', () => {
    const rules = [...render(set), ...set.others].flatMap((one) => (one['rules'] ?? []) as Rule[]);
    const secrets = rules.filter(({ resources }) => resources.includes('secrets'));
    const granted = secrets.map(
      ({ verbs, resourceNames = ['all'] }) => `${verbs.join()} ${resourceNames.join()}`,
    );
    expect(granted.toSorted()).toEqual(SECRETS[name]);
  });
});

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const SECRETS: Readonly<Record<string, readonly string[]>> = {
  'one-team': ['get all', 'list all'],
  projects: ['get registry-login,shop-registry', 'list all'],
  'any-namespace': ['get registry', 'list all'],
};

describe('docs/permissions.md', () => {
  test('has examples that are all tried here', () => {
    const named = EXAMPLES.filter((text) => SET_UPS.some((name) => text.startsWith(`# ${name}/`)));
    expect(named).toHaveLength(12);
    expect(EXAMPLES).toHaveLength(13);
  });

  test('has rules without faults, with every key there is', () => {
    const [rules = ''] = EXAMPLES;
    const config = load({ fileText: rules });
    expect(config.permissions.rules).toHaveLength(4);
    for (const key of Object.keys(PERMISSION_RULE)) {
      expect(rules).toContain(`${key}: [`);
      expect(PAGE).toMatch(new RegExp(`^\\| .*\`${key}\`.* \\|`, 'm'));
    }
  });

  test('has the refusals as they are said', () => {
    const set = setUp('any-namespace');
    const refusals = [
      judged(set, { 'git-repository': 'https://git.example.com/team-b/deploy.git' }),
      judged(set, { 'write-back-target': 'helmvalues:/overlays/staging/values.yaml' }),
    ];
    for (const { problems } of refusals) {
      expect(problems).toHaveLength(1);
      expect(PAGE).toContain(`\n${problems[0]?.message ?? 'no problem'}\n`);
    }
  });

  test('has every bound with its default', () => {
    const rows = [...PAGE.matchAll(/^\| [^|]+ \| (`\w+`(?:, `\w+`)*) \| ([^|]+) \|$/gm)];
    const said = rows.flatMap(([, keys = '', values = '']) => {
      const all = values.trim().split(/, (?=\S)/);
      return [...keys.matchAll(/`(\w+)`/g)].map(([, key = ''], index) => `${key}: ${all[index] ?? ''}`);
    });
    const limits = SETTINGS.filter(({ path }) => path.startsWith('limits.'));
    expect(limits.length).toBeGreaterThan(10);
    const defaults = limits.map(({ path }) => `${path.slice('limits.'.length)}: ${defaultTextOf(path)}`);
    expect(said.map((one) => one.replaceAll(/(?<=\d),(?=\d)/g, '')).toSorted()).toEqual(defaults.toSorted());
  });
});
