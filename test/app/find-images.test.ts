import { expect, test } from 'vitest';
import { findImages } from '../../src/app/overrides/find-images.ts';
import type { Application } from '../../src/argocd/application.ts';
import { CONTEXT, anApplication } from '../argocd/an-application.ts';
import { LynceusError } from '../../src/errors.ts';

const IMAGES = { 'image-list': 'web=acme/web:1.x, acme/job' };

function parts(...applications: readonly Application[]): Parameters<typeof findImages>[1] {
  return {
    sources: [{ list: async () => ({ applications, problems: [], projects: { kind: 'none' } }) }],
    selects: () => true,
    policyContext: CONTEXT,
    permissions: { rules: [], enforced: false },
  };
}

async function find(
  application: string,
  image: string | undefined,
  ...applications: readonly Application[]
): Promise<string> {
  try {
    const { images: found } = await findImages(
      { application, image },
      parts(...applications),
      new AbortController().signal,
    );
    return found.map((tracked) => tracked.image.name).join();
  } catch (thrown) {
    if (!(thrown instanceof LynceusError)) throw thrown;
    return `${thrown.code}: ${thrown.line}`;
  }
}

const git = anApplication({ ...IMAGES, 'write-back-method': 'git' });
const live = anApplication({ ...IMAGES, 'write-back-method': 'argocd' });

test.each<[string, string, string | undefined, readonly Application[], string | RegExp]>([
  ['an alias', 'shop', 'web', [git], 'acme/web'],
  ['a name', 'shop', 'docker.io/acme/job', [git], 'acme/job'],
  ['every image', 'argocd/shop', undefined, [git], 'acme/web,acme/job'],
  ['one of two of a name', 'team/shop', 'web', [git, { ...git, namespace: 'team' }], 'acme/web'],
  [
    'either of two',
    'shop',
    'web',
    [git, { ...git, namespace: 'team' }],
    /^usage-invalid: several .*argocd\/shop, team\/shop/,
  ],
  ['nothing at all', 'shop', 'web', [], /^usage-invalid: there is no Application "shop".*there is none/],
  [
    'more than are named',
    'nowhere',
    'web',
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({ ...git, name })),
    /there are a, b, c, d, e and 2 more/,
  ],
  ['no image of it', 'shop', 'wob', [git], /^usage-invalid: there is no image "wob".*did you mean web/],
  [
    'one with a fault of its own, beside another',
    'shop',
    'web',
    [
      anApplication({
        'image-list': 'job=acme/job, web=acme/web',
        'job.allow-tags': 'x',
        'web.allow-tags': 'y',
      }),
    ],
    /^annotation-invalid: web\.allow-tags/,
  ],
  [
    'one with a fault',
    'shop',
    'web',
    [anApplication({ ...IMAGES, 'git-branch': 'a b' })],
    /^annotation-invalid: /,
  ],
  [
    'what is written in the cluster',
    'shop',
    'web',
    [live],
    /^write-method-unsupported: .*kubectl -n argocd annotate application shop argocd-image-updater.argoproj.io\/web\.hold=REASON/,
  ],
])('%s', async (_what, application, image, applications, expected) => {
  const found = await find(application, image, ...applications);
  if (typeof expected === 'string') expect(found).toBe(expected);
  else expect(found).toMatch(expected);
});
