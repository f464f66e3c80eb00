import { describe, expect, it } from 'vitest';
import { readPresent, type Present } from '../../src/app/read-present.ts';
import type { FileRequest, FileState, WriterSession } from '../../src/ports/writer.ts';
import { aSource, HELM, KUSTOMIZE, readWeb } from '../argocd/an-application.ts';

type Files = Readonly<Record<string, string>>;

function stateOf({ candidates }: FileRequest, files: Files): FileState {
  const path = candidates.find((candidate) => files[candidate] !== undefined);
  return path === undefined
    ? { kind: 'missing', tried: candidates }
    : { kind: 'text', path, text: files[path] ?? '' };
}

/** A session that reads these files. */
function sessionOf(files: Files): { readonly session: WriterSession; readonly reads: FileRequest[] } {
  const reads: FileRequest[] = [];
  const unused = (): never => expect.unreachable('only files are read');
  const session: WriterSession = {
    read: async (_place, requests) => {
      reads.push(...requests);
      return requests.map((request) => stateOf(request, files));
    },
    readAt: unused,
    readProposal: async () => undefined,
    history: unused,
    heads: unused,
    leftAlone: unused,
    loginKey: unused,
    deleteBranch: unused,
    apply: unused,
    close: unused,
  };
  return { session, reads };
}

interface Given {
  readonly target: string;
  /** `path` of the source. */
  readonly path?: string;
  readonly kustomize?: boolean;
  readonly createMissing?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
}

async function present(
  { target, path = 'apps/shop', kustomize = false, createMissing = false, annotations = {} }: Given,
  files: Files,
): Promise<{ readonly present: Present | undefined; readonly asked: number }> {
  const source = aSource({ ...(kustomize ? KUSTOMIZE : HELM), path });
  const { images } = readWeb({ 'write-back-target': target, ...annotations }, { sources: [source] });
  const { session, reads } = sessionOf(files);
  const found = await readPresent(images, session, {
    concurrency: 1,
    createMissing,
    known: images,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  return { present: [...found.values()][0], asked: reads.length };
}

async function failureOf(given: Given, files: Files): Promise<string> {
  const { present: found } = await present(given, files);
  return found?.kind === 'failed' ? `${found.error.code}: ${found.error.line}` : 'no failure';
}

const VALUES = 'image:\n  name: ghcr.io/acme/web\n  tag: 1.0.0\n';

describe('a file that is not where its path leads', () => {
  it.each<[Given, string, string, string]>([
    [
      { target: 'helmvalues:apps/shop/prod.yaml' },
      'apps/shop/apps/shop/prod.yaml',
      'apps/shop/prod.yaml',
      'helmvalues:/apps/shop/prod.yaml',
    ],
    [
      { target: 'helmvalues:envs/prod.yaml' },
      'apps/shop/envs/prod.yaml',
      'envs/prod.yaml',
      'helmvalues:/envs/prod.yaml',
    ],
    [{ target: 'helmvalues:/prod.yaml' }, 'prod.yaml', 'apps/shop/prod.yaml', 'helmvalues:prod.yaml'],
    [{ target: 'envs/prod.yaml' }, 'envs/prod.yaml', 'apps/shop/envs/prod.yaml', 'helmvalues:envs/prod.yaml'],
    [{ target: 'envs/prod.txt' }, 'envs/prod.txt', 'apps/shop/envs/prod.txt', 'helmvalues:envs/prod.txt'],
    [
      { target: 'markers:deploy/all.yaml' },
      'apps/shop/deploy/all.yaml',
      'deploy/all.yaml',
      'markers:/deploy/all.yaml',
    ],
    [{ target: 'markers:/all.yaml' }, 'all.yaml', 'apps/shop/all.yaml', 'markers:all.yaml'],
  ])('%j: the other root is named', async (given, tried, file, annotation) => {
    const message = await failureOf(given, { [file]: VALUES });
    expect(message).toBe(
      `target-missing: there is no file ${tried} on branch main (there is ${file}: write the annotation write-back-target: ${annotation}; a path starts at the path of the source, with / at the root of the repository)`,
    );
    const { present: found } = await present({ ...given, target: annotation }, { [file]: VALUES });
    expect(found?.kind === 'failed' && found.error.code === 'target-missing').toBe(false);
  });

  it.each<[string, string, string]>([
    ['kustomization:overlays/prod', 'overlays/prod/kustomization.yml', 'kustomization:/overlays/prod'],
    ['kustomization:/overlays/prod', 'apps/shop/overlays/prod/Kustomization', 'kustomization:overlays/prod'],
  ])('%s: the folder from the other root is named', async (target, file, annotation) => {
    const message = await failureOf({ target, kustomize: true }, { [file]: 'resources: []\n' });
    expect(message).toContain(`there is ${file}: write the annotation write-back-target: ${annotation};`);
  });

  it.each<[Given, Files]>([
    [{ target: 'helmvalues:prod.yaml' }, {}],
    [{ target: 'helmvalues:prod.yaml' }, { 'other/prod.yaml': VALUES }],
    [{ target: 'helmvalues:../prod.yaml' }, { 'prod.yaml': VALUES }],
    [{ target: 'helmvalues' }, { 'values.yaml': VALUES }],
  ])('%j with %j: nothing is guessed, and the way to have it made is named', async (given, files) => {
    const message = await failureOf(given, files);
    expect(message).toMatch(/^target-missing: there is no file \S+ on branch main \(check the annotation/);
    expect(message).toContain('or set writeBack.createMissing: true to have it made)');
  });

  it('one that can never be made does not name a setting', async () => {
    const message = await failureOf({ target: 'kustomization', kustomize: true }, {});
    expect(message).toContain('there is no file apps/shop/kustomization.yaml, ');
    expect(message).not.toContain('createMissing');
  });

  it('one that is there is read once, and no other', async () => {
    const { present: found, asked } = await present(
      { target: 'helmvalues:prod.yaml' },
      { 'apps/shop/prod.yaml': VALUES, 'prod.yaml': VALUES },
    );
    expect(found).toMatchObject({ kind: 'read', path: 'apps/shop/prod.yaml' });
    expect(asked).toBe(1);
  });
});

describe('a key that is not in its file', () => {
  const file = { 'apps/shop/prod.yaml': 'app:\n  image:\n    tag: 1.0.0\n' };
  const given: Given = { target: 'helmvalues:prod.yaml' };

  it('is reported with what may have been meant, and the setting that makes it', async () => {
    const { present: found } = await present(given, file);
    expect(found).toMatchObject({
      kind: 'read',
      presence: {
        kind: 'absent',
        mayCreate: false,
        detail:
          'apps/shop/prod.yaml has no key image.tag; nearest: app.image.tag; correct the annotation, write the key into the file, or set writeBack.createMissing: true to have it made',
      },
    });
  });

  it('may be made where the setting says so', async () => {
    const { present: found } = await present({ ...given, createMissing: true }, file);
    expect(found).toMatchObject({ presence: { kind: 'absent', mayCreate: true } });
  });

  it('does not name the setting where it would not help', async () => {
    const annotations = { 'web.helm.image-tag': 'images[0].tag' };
    const { present: found } = await present({ ...given, annotations }, file);
    expect(JSON.stringify(found)).not.toContain('createMissing');
  });
});
