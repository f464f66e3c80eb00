import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyOutput } from '../../src/cli/render/json-contract.ts';
import { json, serve } from '../checks/http-server.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { kept, run, type Ran } from './run-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-verify-'));
let commit = '';

function git(...args: readonly string[]): string {
  const person = ['-c', 'user.name=jane', '-c', 'user.email=jane@example.com'];
  return execFileSync('git', [...person, ...args], { cwd: join(folder, 'clone'), encoding: 'utf8' }).trim();
}

/** Of an Application whose kustomization is in the remote; `extra` is what its metadata has besides. */
function writeApplication(name: string, annotations: Readonly<Record<string, string>>): void {
  const prefixed = Object.entries(annotations).map(
    ([key, value]) => `    argocd-image-updater.argoproj.io/${key}: ${value}\n`,
  );
  writeFileSync(
    join(folder, 'applications', `${name}.yaml`),
    `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
  annotations:
${prefixed.join('')}spec:
  project: default
  source: { repoURL: "file://${folder}/remote.git", path: apps, targetRevision: main, kustomize: {} }
  destination: { namespace: ${name}-ns, server: https://kubernetes.default.svc }
`,
  );
}

beforeAll(() => {
  mkdirSync(join(folder, 'applications'));
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', join(folder, 'remote.git')]);
  execFileSync('git', ['clone', '-q', join(folder, 'remote.git'), join(folder, 'clone')], {
    stdio: 'ignore',
  });
  mkdirSync(join(folder, 'clone', 'apps'));
  writeFileSync(
    join(folder, 'clone', 'apps', 'kustomization.yaml'),
    'images:\n  - { name: ghcr.io/acme/api, newTag: 1.4.2 }\n  - { name: ghcr.io/acme/web, newTag: 2.0.0 }\n',
  );
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  git('push', '-q', 'origin', 'HEAD:main');
  commit = git('rev-parse', 'HEAD');
  const inGit = { 'write-back-method': 'git', 'write-back-target': 'kustomization' };
  writeApplication('shop', { 'image-list': 'api=ghcr.io/acme/api:1.x, web=ghcr.io/acme/web', ...inGit });
});

afterAll(() => removeFolder(folder));

async function verify(check: string, url: string, ...flags: readonly string[]): Promise<Ran> {
  const file = join(folder, 'lynceus.yaml');
  writeFileSync(
    file,
    `git: { cacheDirectory: ${folder}/cache, remotes: [{ url: "file://${folder}/" }] }
registriesFile: ""
applications: { paths: [${folder}/applications] }
verification:
  checks:
    - name: ready
      http:
        url: ${url}/{{destinationNamespace}}/{{tag}}?commit={{commit}}
        headers: [{ name: X-Key, valueFrom: env:KEY }]
        jsonPath: $.ok
        successWhen: '== true'
    - { name: anything, http: { url: "${url}/any" } }
`,
  );
  const env = { KEY: 'hunter2', GIT_CONFIG_GLOBAL: '/dev/null' };
  return await run(['verify', check, '--application', 'shop', '--config', file, ...flags], { env });
}

describe('lynceus verify', () => {
  it('measures once for what Git has, and shows what was asked', async () => {
    const server = await serve((_request, response) => json(response, { ok: true }));
    const { exitCode, stdout, stderr } = await verify('ready', server.url);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n')).toEqual([
      'Check        ready',
      'Application  argocd/shop',
      'Image        ghcr.io/acme/api:1.4.2',
      'Image        ghcr.io/acme/web:2.0.0',
      `Commit       ${commit.slice(0, 12)}`,
      `Asked        GET ${server.url}/shop-ns/1.4.2?commit=${commit}`,
      `Asked        GET ${server.url}/shop-ns/2.0.0?commit=${commit}`,
      'Result       success',
      'Because      true of $.ok is == true',
    ]);
    expect(server.received.map(({ headers }) => headers['x-key'])).toEqual(['hunter2', 'hunter2']);
    expect(git('rev-list', '--all')).toBe(commit);
  });

  it('ends with 1 when it is a failure, and its JSON keeps the contract', async () => {
    const server = await serve(({ path }, response) => json(response, { ok: !path.includes('2.0.0') }));
    const { exitCode, stdout } = await verify('ready', server.url, '--output', 'json');
    expect(exitCode).toBe(1);
    expect(kept(verifyOutput, stdout)).toMatchObject({
      check: 'ready',
      application: 'shop',
      namespace: 'argocd',
      commit,
      images: [
        { alias: 'api', image: 'ghcr.io/acme/api', tag: '1.4.2' },
        { alias: 'web', image: 'ghcr.io/acme/web', tag: '2.0.0' },
      ],
      result: 'failure',
      answered: true,
      detail: 'false of $.ok is not == true',
    });
  });

  it('ends with 1 when there is no answer, and shows no secret', async () => {
    const server = await serve((_request, response) => void response.writeHead(403).end('hunter2'));
    const { exitCode, stdout, stderr } = await verify('ready', server.url, '--loglevel', 'trace');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^Result +no answer$/m);
    expect(stdout).toMatch(/it does not take the login of the check$/m);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it.each<[check: string, flags: readonly string[], message: RegExp]>([
    ['redy', [], /there is no check "redy"\nlynceus: did you mean ready\?/],
    ['health', [], /health is what Argo CD says of the Application/],
    ['anything', ['--application', 'shopp'], /there is no Application "shopp"\nlynceus: did you mean shop\?/],
  ])('refuses %s %j', async (check, flags, message) => {
    const { exitCode, stdout, stderr } = await verify(check, 'http://127.0.0.1:1', ...flags);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});
