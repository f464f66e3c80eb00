import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { APPLICATIONS, IMAGE_UPDATERS, type KubeObject } from '../../src/kube/kube-client.ts';
import { convertOutput } from '../../src/cli/render/json-contract.ts';
import { updaterManifest } from '../argocd/an-updater.ts';
import { startServer } from '../kube/stand-in.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { kept, run } from './run-in-process.ts';

const PREFIX = 'argocd-image-updater.argoproj.io/';

const SHOP = `# The shop.
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
  annotations:
    # which images
    ${PREFIX}image-list: web=ghcr.io/acme/web:~1.4   # as ever
    ${PREFIX}web.update-strategy: semver
    other: x
spec:
  source: {repoURL: https://git.example/a.git, path: shop}
`;

const BLOG = `kind: Application
apiVersion: argoproj.io/v1alpha1
metadata: {name: blog, namespace: team, annotations: {${PREFIX}image-list: b=nginx}}
spec: {source: {repoURL: https://git.example/a.git, path: blog}}
`;

const BAD = SHOP.replace('name: shop', 'name: bad').replace('web.update-strategy', 'web.update-strategie');

function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'lynceus-convert-'));
  onTestFinished(() => removeFolder(root));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

function textsIn(root: string): Readonly<Record<string, string>> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.\w+$/.test(name),
  );
  return Object.fromEntries(files.toSorted().map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}

test('a folder is converted in place and back, and without --write only shown', async () => {
  const before = { 'shop.yaml': SHOP, 'team/blog.yaml': BLOG };
  const root = folder(before);

  const shown = await run(['convert', root, '--to', 'resources']);
  expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
  expect(shown.stdout).toContain(`+++ b/${join(root, 'image-updaters.yaml')}`);
  expect(shown.stdout).toContain(`-    ${PREFIX}web.update-strategy: semver\n`);
  expect(textsIn(root)).toEqual(before);

  const written = await run(['convert', root, '--to', 'resources', '--write', '--output', 'json']);
  const output = kept(convertOutput, written.stdout);
  expect(output.created.map(({ kind }) => kind)).toEqual(['ImageUpdater', 'ImageUpdater']);
  const after = textsIn(root);
  expect(after['shop.yaml']).toBe(SHOP.replace(/.*image-list.*\n.*\n/, ''));
  expect(after['team/blog.yaml']).toBe(BLOG.replace(/, annotations: \{.*?\}/, ''));
  expect(after['image-updaters.yaml']).toContain('imageName: ghcr.io/acme/web:~1.4\n');
  expect(after['team/image-updaters.yaml']).toContain('namespace: team\n');

  expect(await run(['convert', root, '--to', 'resources'])).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: 'lynceus: there is nothing to convert\n',
  });

  const back = await run(['convert', root, '--to', 'annotations', '--write']);
  expect(back.exitCode).toBe(0);
  expect(back.stderr).toContain('image-updaters.yaml: removed\n');
  const texts = textsIn(root);
  expect(Object.keys(texts)).toEqual(['shop.yaml', 'team/blog.yaml']);
  expect(texts['shop.yaml']).toContain('# which images\n');
  expect(texts['shop.yaml']).toContain(`${PREFIX}image-list: web=ghcr.io/acme/web:~1.4\n`);
});

test('what cannot be converted is named, stays as it is, and the others are converted', async () => {
  const root = folder({ 'bad.yaml': BAD, 'shop.yaml': SHOP });
  const { exitCode, stderr } = await run(['convert', root, '--to', 'resources', '--write']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('argocd/bad: web.update-strategie: there is no such annotation');
  const texts = textsIn(root);
  expect(texts['bad.yaml']).toBe(BAD);
  expect(texts['shop.yaml']).not.toContain('image-list');
  expect(texts['image-updaters.yaml']).toContain('- namePattern: bad\n      useAnnotations: true\n');
});

test('a file that cannot be edited keeps all of them as they are', async () => {
  const odd = `x: &a {${PREFIX}image-list: b=nginx, other: y}\n${BLOG.replace(/annotations: \{.*?\}/, 'annotations: *a')}`;
  const before = { 'a.yaml': odd, 'shop.yaml': SHOP.replace('shop', 'x') };
  const root = folder(before);
  const { exitCode, stderr } = await run(['convert', root, '--to', 'annotations', '--write']);
  expect([exitCode, stderr]).toEqual([0, 'lynceus: there is nothing to convert\n']);
  const two = folder({ ...before, 'b.yaml': SHOP });
  const changed = await run(['convert', two, '--to', 'resources', '--write']);
  expect(changed.exitCode).toBe(1);
  expect(textsIn(two)).toEqual({ ...before, 'b.yaml': SHOP });
});

test.each([
  [['convert', 'x'], "'--to <form>' not specified"],
  [['convert', '/not/there', '--to', 'resources'], 'there is no such file or folder'],
  [['convert', 'x', '--to', 'yaml'], 'Allowed choices are resources, annotations'],
])('%j is refused', async (argv, message) => {
  const { exitCode, stderr } = await run(argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

test('where annotations never count by themselves, there is nothing to make of them or for them', async () => {
  const root = folder({ 'shop.yaml': SHOP });
  const { exitCode, stderr } = await run([
    'convert',
    root,
    '--to',
    'resources',
    '--annotations',
    'by-resource',
  ]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('convert with --annotations auto');
});

test('of a cluster it prints what to apply and what to remove, and changes nothing', async () => {
  const server = await startServer();
  const source = { repoURL: 'https://git.example/a.git', path: 'shop' };
  const annotations = { [`${PREFIX}image-list`]: 'web=ghcr.io/acme/web:~1.4' };
  server.objects.put(APPLICATIONS, {
    metadata: { name: 'shop', namespace: 'argocd', annotations },
    spec: { source },
  });
  const kubeconfig = server.kubeconfig(join(folder({}), 'kubeconfig'), { namespace: 'argocd' });
  const there = await run(['convert', '--to', 'resources', '--kubeconfig', kubeconfig]);
  expect(there.exitCode).toBe(0);
  expect(there.stdout).toContain('kind: ImageUpdater\n');
  expect(there.stderr).toContain(
    `kubectl -n argocd annotate applications.argoproj.io shop ${PREFIX}image-list-\n`,
  );

  const spec = {
    applicationRefs: [{ namePattern: 'shop', images: [{ alias: 'web', imageName: 'acme/web' }] }],
  };
  server.objects.put(IMAGE_UPDATERS, updaterManifest(spec) as KubeObject);
  const back = await run(['convert', '--to', 'annotations', '--kubeconfig', kubeconfig]);
  expect(back.stdout).toContain(`  annotations:\n    ${PREFIX}image-list: web=acme/web\n`);
  expect(back.stderr).toContain(
    'kubectl -n argocd delete imageupdaters.argocd-image-updater.argoproj.io images\n',
  );
  expect([...server.verbs()].filter((verb) => !/^(?:list|watch) /.test(verb))).toEqual([]);
});
