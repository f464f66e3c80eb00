import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prefixed } from '../helpers/annotations.ts';
import { run } from './run-in-process.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-pipeline-'));
  mkdirSync(join(folder, 'alone'));
  writeFileSync(join(folder, 'alone', 'shop.json'), manifest('shop', {}));
  mkdirSync(join(folder, 'ring'));
  mkdirSync(join(folder, 'faulty'));
  const strange = { 'update-strategy': 'strange' };
  writeFileSync(join(folder, 'faulty', 'other.json'), manifest('other', strange));
  writeFileSync(join(folder, 'faulty', 'prod.json'), manifest('prod', { ...strange, 'promote-from': 'dev' }));
  for (const [name, from] of [
    ['dev', 'argocd/prod'],
    ['prod', 'argocd/dev'],
    ['self', 'self'],
  ] as const) {
    const settings = { 'promote-from': from, 'promote-when': 'written' };
    writeFileSync(join(folder, 'ring', `${name}.json`), manifest(name, settings));
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function manifest(name: string, annotations: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      annotations: prefixed({
        'image-list': 'api=acme/api:^1',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues:values.yaml',
        ...annotations,
      }),
    },
    spec: { source: { repoURL: 'https://git.test/deploy.git', path: name, targetRevision: 'main' } },
  });
}

describe('lynceus pipeline', () => {
  const rows: readonly {
    readonly what: string;
    readonly argv: readonly string[];
    readonly exitCode: number;
    readonly says: string | RegExp;
    readonly keepsQuiet?: string;
  }[] = [
    {
      what: 'without a cluster and without files',
      argv: [],
      exitCode: 2,
      says: 'no Kubernetes cluster is in reach',
      keepsQuiet: 'No image is promoted',
    },
    {
      what: 'files that are not there',
      argv: ['--applications', 'gone'],
      exitCode: 2,
      says: 'gone',
      keepsQuiet: 'No image is promoted',
    },
    {
      what: 'nobody is promoted',
      argv: ['--applications', 'alone'],
      exitCode: 0,
      says: 'No image is promoted from another Application: see promote-from.',
    },
    {
      what: 'the Application is not there',
      argv: ['shpo', '--applications', 'alone'],
      exitCode: 2,
      says: 'there is no Application "shpo"\nlynceus: did you mean shop?',
    },
    {
      what: 'a ring',
      argv: ['--applications', 'ring'],
      exitCode: 1,
      says: /argocd\/dev promote-from: it is promoted from itself through others: .* \(one of them must take its versions from the registry\)/,
    },
    {
      what: 'another problem of an image that is promoted, and none of one that is not',
      argv: ['--applications', 'faulty'],
      exitCode: 1,
      says: /argocd\/prod update-strategy: .*"strange"/,
      keepsQuiet: 'argocd/other',
    },
    {
      what: 'an Application that is its own upstream',
      argv: ['--applications', 'ring'],
      exitCode: 1,
      says: 'argocd/self promote-from: it is promoted from itself (name another Application)',
    },
  ];

  test.each(rows)('$what', async ({ argv, exitCode, says, keepsQuiet = 'Error' }) => {
    const placed = argv.map((arg, index) => (argv[index - 1] === '--applications' ? join(folder, arg) : arg));
    const ran = await run(['pipeline', ...placed], { env: { HOME: folder } });
    const output = `${ran.stdout}${ran.stderr}`.replaceAll(/\n {2,}/g, ' ');
    expect(output).toEqual(
      typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
    );
    expect(output).not.toContain(keepsQuiet);
    expect(ran.exitCode).toBe(exitCode);
  });
});
