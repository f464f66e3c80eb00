import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aRegistryConfig,
  createFlowWorld,
  type ApplicationWish,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import {
  createGitRoot,
  createRemote,
  readAt,
  setPreReceiveHook,
  type WorldFiles,
} from '../helpers/git-world.ts';
import { linesBelow } from '../helpers/page-lines.ts';
import { pushArtifact, pushImage } from '../helpers/push-image.ts';
import { json, startStandIn, type Answer, type Seen, type StandIn } from '../helpers/registry-stand-in.ts';

const GOOD = 'good/values.yaml';
const FILES: WorldFiles = {
  [GOOD]: 'image:\n  tag: 1.0.0\n',
  'bad/values.yaml': 'image:\n  tag: 1.0.0\n',
  'bad/other.yaml': 'image:\n  version: 1.0.0\n',
  'bad/binary.yaml': Buffer.from([0, 1, 2, 3, 255]),
  'bad/broken.yaml': 'image: [1, 2\n',
  'bad/two.yaml': 'image:\n  tag: 1.0.0\n---\nimage:\n  tag: 1.0.0\n',
  'bad/template.yaml': 'image:\n  tag: {{ .Values.tag }}\n',
  'bad/link.yaml': { content: '../../../etc/passwd', mode: '120000' },
};

/** What the registry `odd.test` answers, by the name of the image. */
function odd({ url }: Seen): Answer {
  const [, , image = '', ...rest] = url.pathname.split('/');
  switch (image) {
    case 'denied':
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="odd"' }, body: '{}' };
    case 'gone':
      return { status: 404, body: JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN' }] }) };
    case 'busy':
      return { status: 429, headers: { 'retry-after': '3600' }, body: '{}' };
    case 'ill':
      return { status: 503, body: 'sorry' };
    case 'cut':
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"name":"cut","tags":["1.0.0","1.',
      };
    case 'reset':
      return { reset: 'half-way' };
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Please log in</html>' };
    case 'huge':
      if (rest[0] === 'tags') return json({ name: image, tags: ['1.0.0', '1.1.0'] });
      return {
        status: 200,
        headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
        body: Buffer.alloc(5 * 1024 * 1024, 32),
      };
    default:
      return { status: 500, body: 'unexpected' };
  }
}

type Wish = Partial<Omit<ApplicationWish, 'annotations'>> & {
  readonly annotations?: Readonly<Record<string, string>>;
};

/** What is wrong; the Application that shows it; the code it ends with; what its line must say. */
const ROWS: readonly [string, Wish, string, RegExp][] = [
  [
    'a registry that is not there',
    image('down.test/acme/api'),
    'registry-unreachable',
    /down\.test|127\.0\.0\.1/,
  ],
  ['a registry that wants a login', image('odd.test/denied'), 'registry-denied', /without a login.*401/],
  ['an image that is not there', image('odd.test/gone'), 'registry-not-found', /gone/],
  [
    'a registry that is asked too often',
    image('busy.test/busy'),
    'registry-rate-limited',
    /left alone until/,
  ],
  ['a registry that is ill', image('odd.test/ill'), 'registry-failed', /503/],
  ['a listing that is cut off', image('odd.test/cut'), 'registry-response-invalid', /JSON/],
  ['a connection that breaks', image('odd.test/reset'), 'registry-unreachable', /./],
  ['a login page instead of a listing', image('odd.test/html'), 'registry-response-invalid', /JSON/],
  ['a manifest of 5 MB', image('odd.test/huge'), 'up-to-date', /passed over: 1\.1\.0.*(large|bytes|MiB)/],
  [
    'a file that is not there',
    { annotations: { 'write-back-target': 'helmvalues:nowhere.yaml' } },
    'target-missing',
    /bad\/nowhere\.yaml/,
  ],
  [
    'a folder without a kustomization',
    { annotations: { 'write-back-target': 'kustomization' } },
    'target-missing',
    /bad\/kustomization\.yaml/,
  ],
  [
    'a key that is not there',
    { annotations: { 'write-back-target': 'helmvalues:other.yaml' } },
    'key-missing',
    /image\.tag/,
  ],
  [
    'a binary file',
    { annotations: { 'write-back-target': 'helmvalues:binary.yaml' } },
    'target-unsupported',
    /binary\.yaml/,
  ],
  [
    'a file that is no YAML',
    { annotations: { 'write-back-target': 'helmvalues:broken.yaml' } },
    'target-unsupported',
    /line/,
  ],
  [
    'a file of two documents',
    { annotations: { 'write-back-target': 'helmvalues:two.yaml' } },
    'target-ambiguous',
    /document/,
  ],
  [
    'a Helm template',
    { annotations: { 'write-back-target': 'helmvalues:template.yaml' } },
    'target-unsupported',
    /template/i,
  ],
  [
    'a link out of the work tree',
    { annotations: { 'write-back-target': 'helmvalues:link.yaml' } },
    'target-outside',
    /link\.yaml/,
  ],
  [
    'a path out of the work tree',
    { annotations: { 'write-back-target': 'helmvalues:../../values.yaml' } },
    'target-outside',
    /\.\./,
  ],
  [
    'a path that is Git’s own folder on other systems',
    { annotations: { 'write-back-target': 'helmvalues:/git~1/values.yaml' } },
    'target-outside',
    /Git's own folder/,
  ],
  [
    'a path that no clone can hold',
    { annotations: { 'write-back-target': `helmvalues:${'x'.repeat(251)}.yaml` } },
    'target-unsupported',
    /256 bytes/,
  ],
  [
    'a branch template that doubles a text without end',
    { annotations: { 'git-branch': 'main:{{$x := "ab"}}{{range 99}}{{$x = print $x $x}}{{end}}' } },
    'annotation-invalid',
    /more than 64 KiB of text/,
  ],
  ['a branch that is not there', { targetRevision: 'deleted' }, 'git-branch-missing', /deleted/],
  [
    'an unknown strategy',
    { annotations: { 'a.update-strategy': 'newst-build' } },
    'annotation-invalid',
    /newest-build/,
  ],
  [
    'a broken regular expression',
    { annotations: { 'a.allow-tags': 'regexp:^[' } },
    'pattern-invalid',
    /\^\[/,
  ],
  [
    'a broken constraint',
    { annotations: { 'image-list': 'a=registry.test/acme/api:>>1' } },
    'constraint-invalid',
    />>1/,
  ],
  [
    'a constraint that the strategy does not read',
    { annotations: { 'image-list': 'a=registry.test/acme/api:1.x', 'a.update-strategy': 'newest-build' } },
    'constraint-invalid',
    /choose update-strategy semver/,
  ],
  [
    'a pattern that can match no tag',
    { annotations: { 'a.ignore-tags': '^dev-' } },
    'pattern-invalid',
    /no tag has "\^" in it/,
  ],
  [
    'an order without the part that it compares',
    { annotations: { 'a.order': 'numeric', 'a.allow-tags': 'regexp:[0-9]+' } },
    'pattern-invalid',
    /parentheses/,
  ],
  ['a misspelt annotation', { annotations: { 'a.alow-tags': 'any' } }, 'annotation-invalid', /allow-tags/],
  [
    'the live Application as target',
    { annotations: { 'write-back-method': 'argocd' } },
    'write-method-unsupported',
    /write-back-method/,
  ],
  [
    'only signatures and charts',
    { annotations: { 'image-list': 'a=registry.test/acme/charts', 'a.update-strategy': 'alphabetical' } },
    'no-matching-platform',
    /not a container image/,
  ],
];

function image(name: string): Wish {
  return { annotations: { 'image-list': `a=${name}` } };
}

describe('bad input', () => {
  const { root, remove } = createGitRoot();
  const remote = createRemote(root, 'deploy.git', FILES);
  let registry: DockerRegistry;
  let stranger: StandIn;
  // A registry that answers 429 is left alone as a whole, so it is another one.
  let busy: StandIn;
  /** What images that are not written ended with. */
  const reasons: string[] = [];

  beforeAll(async () => {
    registry = await startDockerRegistry();
    stranger = await startStandIn(odd);
    busy = await startStandIn(odd);
    await pushImage(registry.url, 'acme/api', '1.0.0');
    await pushArtifact(registry.url, 'acme/charts', '2.0.0', 'helm-chart');
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), stranger.stop(), busy.stop()]);
    remove();
  });

  function registries() {
    return [
      aRegistryConfig(registry.url, 'registry.test'),
      aRegistryConfig(stranger.url, 'odd.test'),
      aRegistryConfig(busy.url, 'busy.test'),
      aRegistryConfig('http://127.0.0.1:9', 'down.test'),
    ];
  }

  function addBad(world: FlowWorld, name: string, { annotations, ...wish }: Wish): void {
    world.addApplication({
      name,
      repoURL: remote,
      path: 'bad',
      ...wish,
      annotations: {
        'image-list': 'a=registry.test/acme/api',
        'write-back-target': 'helmvalues',
        'write-back-method': 'git',
        ...annotations,
      },
    });
  }

  test('each bad Application ends with one clear line, and the good one is updated all the same', async () => {
    const world = createFlowWorld();
    await pushImage(registry.url, 'acme/api', '1.1.0');
    for (const [index, [, wish]] of ROWS.entries())
      addBad(world, `bad-${String(index).padStart(2, '0')}`, wish);
    addBad(world, 'good', { path: 'good' });

    const report = await world.run({ registries: registries() });
    world.remove();

    const ended = report.images.map(({ application, code, reason, outcome }) => ({
      name: application.name,
      code,
      reason,
      outcome,
    }));
    expect(ROWS.map(([what], index) => [what, ended[index]?.code, ended[index]?.reason])).toEqual(
      ROWS.map(([what, , code, line]) => [what, code, expect.stringMatching(line) as string]),
    );
    for (const { reason } of ended) expect(reason).not.toMatch(/\n|undefined|\[object/);
    const unwritten = ended.filter(({ outcome }) => outcome === 'failed' || outcome === 'skipped');
    reasons.push(...unwritten.map(({ reason }) => reason));
    expect(ended.at(-1)).toMatchObject({ name: 'good', outcome: 'updated' });
    expect(exitCodeOf(report)).toBe(1);
    expect(readAt(remote, 'main', 'bad/values.yaml')).toBe('image:\n  tag: 1.0.0\n');
  });

  test('a remote that refuses pushes fails its images and says what the remote said', async () => {
    const world = createFlowWorld();
    const locked = createRemote(root, 'locked.git', FILES);
    setPreReceiveHook(locked, 'echo "branch main is protected" >&2; exit 1');
    addBad(world, 'locked', { repoURL: locked });

    const report = await world.run({ registries: registries() });
    world.remove();

    reasons.push(...report.images.map(({ reason }) => reason));
    expect(report.images).toMatchObject([
      {
        outcome: 'failed',
        code: 'git-denied',
        reason: expect.stringContaining('branch main is protected') as string,
      },
    ]);
  });

  test('docs/errors.md shows the line of each, and no line that is never printed', () => {
    const lines = linesBelow('### An image');
    expect(reasons.filter((reason) => !lines.some(({ fits }) => fits.test(reason)))).toEqual([]);
    expect(lines.filter(({ fits }) => !reasons.some((reason) => fits.test(reason)))).toEqual([]);
    expect(lines.length).toBeGreaterThan(20);
  });

  test('a remote that is no repository fails its images', async () => {
    const world = createFlowWorld();
    addBad(world, 'nowhere', { repoURL: `${root}/nowhere.git` });

    const report = await world.run({ registries: registries() });
    world.remove();

    expect(report.images).toMatchObject([{ outcome: 'failed', code: 'git-unreachable' }]);
    expect(report.images[0]?.reason).toContain('nowhere.git');
  });

  test('a manifest that is no YAML is a problem that names its place, and the others go on', async () => {
    const world = createFlowWorld();
    world.addText('broken.yaml', 'kind: Application\nmetadata: [\n');
    world.addText(
      'set.yaml',
      'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set}\nspec: {}\n',
    );
    addBad(world, 'fine', {});

    const report = await world.run({ registries: registries() });
    world.remove();

    expect(report.images).toHaveLength(1);
    expect(report.problems.map(({ message }) => message).join('\n')).toMatch(/broken\.yaml[\s\S]*|set\.yaml/);
    expect(report.problems.length).toBeGreaterThanOrEqual(2);
    expect(exitCodeOf(report)).toBe(1);
  });

  test('20,000 tags are no problem', async () => {
    const tags = Array.from({ length: 20_000 }, (_, index) => `1.${Math.floor(index / 100)}.${index % 100}`);
    const many = await startStandIn(({ url }) =>
      url.pathname.endsWith('/tags/list') ? json({ name: 'many', tags }) : { status: 404, body: '{}' },
    );
    const world = createFlowWorld();
    const place = createRemote(root, 'many.git', { 'bad/values.yaml': 'image:\n  tag: 1.199.99\n' });
    addBad(world, 'many', { ...image('many.test/many'), repoURL: place });

    const report = await world.run({ registries: [aRegistryConfig(many.url, 'many.test')] });
    await many.stop();
    world.remove();

    expect(report.images).toMatchObject([{ outcome: 'current', candidate: { tag: '1.199.99' } }]);
  });

  test('a folder that cannot be read is one failure of the cycle', async () => {
    const world = createFlowWorld();
    const lynceus = world.compose({
      applications: {
        paths: [`${world.folder}/nowhere`],
        namespaces: { kind: 'own' },
        matchNames: [],
        matchLabels: [],
        annotations: 'auto',
        argocdNamespace: 'argocd',
        concurrency: 1,
      },
    });

    const report = await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(10_000));
    await lynceus.close();
    world.remove();

    expect(report.failures).toMatchObject([
      { code: 'applications-unreadable', message: expect.stringContaining('nowhere') as string },
    ]);
    expect(exitCodeOf(report)).toBe(1);
  });
});
