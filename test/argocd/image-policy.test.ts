import { parseGitRemote } from '../../src/core/git/remote.ts';
import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/argocd/application.ts';
import type { Destination, ImagePolicy, Observation, TrackedImage } from '../../src/core/policy.ts';
import { aSource, KUSTOMIZE, PLUGIN, policyOf, readWeb } from './an-application.ts';

/** What the cases name of policy, observation and destination. */
type Said = Partial<ImagePolicy & Observation & Destination>;
type Annotations = Readonly<Record<string, string>>;
type Special = Partial<Application>;

const KUSTOMIZED: Special = { sources: [aSource(KUSTOMIZE)] };
const PLUGGED: Special = { sources: [aSource(PLUGIN)] };

describe('what one image wants', () => {
  test.each([[{ pause: 'false', 'web.pause': '' }], [{ 'minimum-age': '0s' }]])(
    '%j asks for nothing',
    (annotations) => {
      const { policy } = policyOf(readWeb(annotations));
      expect([policy.paused, policy.minimumAge]).toEqual([undefined, undefined]);
    },
  );

  test('nothing said is semver, any tag, any platform, the usual keys', () => {
    expect(policyOf(readWeb({}))).toEqual({
      application: { namespace: 'argocd', name: 'shop' },
      alias: 'web',
      image: { registry: '', name: 'acme/web', tag: undefined, digest: undefined },
      repository: { registry: 'docker.io', path: 'acme/web' },
      policy: {
        strategy: { kind: 'semver', constraint: '1.x' },
        filter: { allow: undefined, ignore: [] },
        platforms: undefined,
        pullSecret: undefined,
        forceUpdate: false,
        rollback: 'resume-on-newer',
        allowDowngrade: false,
        hold: undefined,
      },
      claim: 'own',
      requester: expect.objectContaining({ project: 'default', namespace: 'argocd' }) as unknown,
      observed: {
        live: 'unknown',
        declared: undefined,
      },
      destination: {
        slot: {
          kind: 'helm-parts',
          name: { path: 'image.name', explicit: false },
          tag: { path: 'image.tag', explicit: false },
        },
        target: {
          method: 'git',
          place: {
            remote: parseGitRemote('https://git.example/acme/deploy.git'),
            base: 'main',
            push: undefined,
            credentials: { kind: 'repocreds' },
            isOwnSource: true,
          },
          file: {
            kind: 'override',
            path: 'apps/shop/.argocd-source-shop.yaml',
            format: 'helm',
            inherited: { parameters: [], images: [], env: [] },
          },
        },
      },
    });
  });

  test.each<[string, Annotations, Said]>([
    ['semver', { 'web.update-strategy': 'semver' }, { strategy: { kind: 'semver', constraint: '1.x' } }],
    [
      'newest-build',
      { 'image-list': 'web=acme/web', 'web.update-strategy': 'newest-build' },
      { strategy: { kind: 'newest-build' } },
    ],
    [
      'its old name',
      { 'image-list': 'web=acme/web', 'web.update-strategy': 'latest' },
      { strategy: { kind: 'newest-build' } },
    ],
    [
      'alphabetical',
      { 'image-list': 'web=acme/web', 'web.update-strategy': 'alphabetical' },
      { strategy: { kind: 'alphabetical' } },
    ],
    [
      'its old name',
      { 'image-list': 'web=acme/web', 'web.update-strategy': ' Name ' },
      { strategy: { kind: 'alphabetical' } },
    ],
    [
      'digest',
      { 'image-list': 'web=acme/web:stable', 'web.update-strategy': 'DIGEST' },
      { strategy: { kind: 'digest', tag: 'stable' } },
    ],
    ['no constraint', { 'image-list': 'web=acme/web' }, { strategy: { kind: 'semver', constraint: '' } }],
    [
      'a constraint with a comma',
      { 'image-list': 'web=acme/web:>=1,<2' },
      { strategy: { kind: 'semver', constraint: '>=1,<2' } },
    ],
    [
      'newest-build among the tags of a pattern',
      { 'image-list': 'web=acme/web:k8s-dev-*', 'web.update-strategy': 'newest-build' },
      {
        strategy: { kind: 'newest-build' },
        filter: { allow: undefined, pattern: 'k8s-dev-*', ignore: [] },
      },
    ],
    [
      'newest-pushed among the tags of a pattern with braces',
      { 'image-list': 'web=acme/web:{dev,main}-*', 'web.update-strategy': 'newest-pushed' },
      {
        strategy: { kind: 'newest-pushed' },
        filter: { allow: undefined, pattern: '{dev,main}-*', ignore: [] },
      },
    ],
    [
      'alphabetical among the tags of a pattern with a class',
      { 'image-list': 'web=acme/web:20[0-9][0-9]-??', 'web.update-strategy': 'name' },
      {
        strategy: { kind: 'alphabetical' },
        filter: { allow: undefined, pattern: '20[0-9][0-9]-??', ignore: [] },
      },
    ],
    [
      'digest of the tag that the target names',
      { 'image-list': 'web=acme/web', 'web.update-strategy': 'digest' },
      { strategy: { kind: 'digest', tag: '' } },
    ],
    [
      'an order of a part of the tag',
      { 'web.order': 'calver', 'web.allow-tags': 'regexp:^v([0-9.]+)-alpine$' },
      {
        strategy: {
          kind: 'semver',
          constraint: '1.x',
          order: { by: 'calver', expression: '^v([0-9.]+)-alpine$' },
        },
        filter: { allow: '^v([0-9.]+)-alpine$', ignore: [] },
      },
    ],
    [
      'an order of the Application, with the expression of the image',
      { 'image-list': 'web=acme/web', order: ' Numeric ', 'web.allow-tags': 'regexp:-([0-9]+)$' },
      { strategy: { kind: 'semver', constraint: '', order: { by: 'numeric', expression: '-([0-9]+)$' } } },
    ],
    [
      'a blank order hides that of the Application',
      { order: 'numeric', 'allow-tags': 'regexp:-[0-9]+$', 'web.order': ' ' },
      { strategy: { kind: 'semver', constraint: '1.x' } },
    ],
    [
      'an order of the Application is not for an image with another strategy of its own',
      {
        'image-list': 'web=acme/web',
        order: 'numeric',
        'allow-tags': 'regexp:-([0-9]+)$',
        'web.update-strategy': 'newest-build',
      },
      { strategy: { kind: 'newest-build' } },
    ],
    [
      'the strategy of the Application',
      { 'image-list': 'web=acme/web', 'update-strategy': 'newest-build' },
      { strategy: { kind: 'newest-build' } },
    ],
    [
      "the image's own strategy first",
      {
        'image-list': 'web=acme/web',
        'update-strategy': 'newest-build',
        'web.update-strategy': 'alphabetical',
      },
      { strategy: { kind: 'alphabetical' } },
    ],
    [
      'a blank one counts as missing',
      { 'image-list': 'web=acme/web', 'update-strategy': 'newest-build', 'web.update-strategy': ' ' },
      { strategy: { kind: 'newest-build' } },
    ],

    ['any tag', { 'web.allow-tags': 'any' }, { filter: { allow: undefined, ignore: [] } }],
    [
      'an expression',
      { 'web.allow-tags': 'regexp:^v[0-9]+$' },
      { filter: { allow: '^v[0-9]+$', ignore: [] } },
    ],
    [
      'an expression of the Application',
      { 'allow-tags': 'regexp:^v' },
      { filter: { allow: '^v', ignore: [] } },
    ],
    [
      'any tag of this image',
      { 'allow-tags': 'regexp:^v', 'web.allow-tags': 'any' },
      { filter: { allow: undefined, ignore: [] } },
    ],
    [
      'ignored tags',
      { 'web.ignore-tags': 'dev-*, *-rc?' },
      { filter: { allow: undefined, ignore: ['dev-*', '*-rc?'] } },
    ],
    [
      'ignored tags of the Application',
      { 'ignore-tags': 'dev-*' },
      { filter: { allow: undefined, ignore: ['dev-*'] } },
    ],
    [
      'ignored tags with an expression',
      { 'web.ignore-tags': 'dev-*, regexp:-rc[0-9]{1,2}$, {alpha,beta}*' },
      { filter: { allow: undefined, ignore: ['dev-*', 'regexp:-rc[0-9]{1,2}$', '{alpha,beta}*'] } },
    ],
    [
      'a blank list hides that of the Application',
      { 'ignore-tags': 'dev-*', 'web.ignore-tags': '' },
      { filter: { allow: undefined, ignore: [] } },
    ],

    ['an interval', { 'web.interval': '1h30m' }, { interval: 5_400_000 }],
    ['the interval of the Application', { interval: '24h' }, { interval: 86_400_000 }],
    [
      'platforms',
      { 'web.platforms': 'linux/amd64, linux/arm/v7' },
      {
        platforms: [
          { os: 'linux', architecture: 'amd64' },
          { os: 'linux', architecture: 'arm', variant: 'v7' },
        ],
      },
    ],
    [
      'blank platforms between commas',
      { 'web.platforms': 'linux/amd64,,' },
      { platforms: [{ os: 'linux', architecture: 'amd64' }] },
    ],
    ['only commas as platforms', { 'web.platforms': ' , ' }, { platforms: undefined }],

    [
      'a pull secret',
      { 'web.pull-secret': 'pullsecret:argocd/ghcr' },
      { pullSecret: { kind: 'pullsecret', namespace: 'argocd', name: 'ghcr' } },
    ],
    [
      'a secret',
      { 'web.pull-secret': 'secret:argocd/ghcr#token' },
      { pullSecret: { kind: 'secret', namespace: 'argocd', name: 'ghcr', field: 'token' } },
    ],
    [
      'a GitHub App in a secret',
      { 'web.pull-secret': 'github-app:argocd/github' },
      {
        pullSecret: { kind: 'github-app', at: { kind: 'secret', namespace: 'argocd', name: 'github' } },
      },
    ],

    ...['1', 't', 'T', 'TRUE', 'true', 'True', ' true '].map((text): [string, Annotations, Said] => [
      `force-update ${text}`,
      { 'web.force-update': text },
      { forceUpdate: true },
    ]),
    ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text): [string, Annotations, Said] => [
      `force-update ${text}`,
      { 'force-update': 'true', 'web.force-update': text },
      { forceUpdate: false },
    ]),

    ['a hold', { 'web.hold': 'true' }, { hold: '' }],
    ['a hold with its reason', { 'web.hold': ' fair in Rome ' }, { hold: 'fair in Rome' }],
    ['a hold of all', { hold: 'true' }, { hold: '' }],
    ['a hold of all the others', { hold: 'true', 'web.hold': 'false' }, { hold: undefined }],
    ['a blank hold', { 'web.hold': '' }, { hold: undefined }],
    ['a pause', { 'web.pause': 'true' }, { paused: { by: 'annotation', reason: '' } }],
    ['a pause with its reason', { 'web.pause': ' Ada ' }, { paused: { by: 'annotation', reason: 'Ada' } }],
    ['a pause of all', { pause: 'T' }, { paused: { by: 'annotation', reason: '' } }],
    [
      'a pause of all, out of which no image takes itself',
      { pause: 'outage', 'web.pause': 'false' },
      { paused: { by: 'annotation', reason: 'outage' } },
    ],
    ['a misspelt pause', { pause: 'ture' }, { paused: { by: 'annotation', reason: 'ture' } }],
    ['an age', { 'web.minimum-age': '24h' }, { minimumAge: 86_400_000 }],
    ['an age of all', { 'minimum-age': '1h30m' }, { minimumAge: 5_400_000 }],
    ['an age of its own', { 'minimum-age': '24h', 'web.minimum-age': '1h' }, { minimumAge: 3_600_000 }],
    ['a rule for rollbacks', { 'web.rollback': 'Until-Released' }, { rollback: 'until-released' }],
    ['one for all', { rollback: 'never-hold' }, { rollback: 'never-hold' }],
    ['an allowed downgrade', { 'web.allow-downgrade': 'true' }, { allowDowngrade: true }],
    [
      'one that only the others are allowed',
      { 'allow-downgrade': 'true', 'web.allow-downgrade': 'false' },
      { allowDowngrade: false },
    ],

    [
      'an explicit tag key',
      { 'web.helm.image-tag': 'web.tag' },
      {
        slot: {
          kind: 'helm-parts',
          name: { path: 'image.name', explicit: false },
          tag: { path: 'web.tag', explicit: true },
        },
      },
    ],
    [
      'an explicit name key',
      { 'web.helm.image-name': 'web.repo' },
      {
        slot: {
          kind: 'helm-parts',
          name: { path: 'web.repo', explicit: true },
          tag: { path: 'image.tag', explicit: false },
        },
      },
    ],
    [
      'a key for the registry alone',
      { 'web.helm.image-registry': 'image.registry' },
      {
        slot: {
          kind: 'helm-parts',
          name: { path: 'image.name', explicit: true },
          tag: { path: 'image.tag', explicit: false },
          registry: { path: 'image.registry', explicit: true },
        },
      },
    ],
    [
      'several tags',
      { 'web.helm.image-tag': 'api.tag, worker.tag' },
      {
        slot: {
          kind: 'helm-parts',
          name: { path: 'image.name', explicit: false },
          tag: { path: 'api.tag', explicit: true },
          others: [
            {
              kind: 'helm-parts',
              name: { path: 'image.name', explicit: false },
              tag: { path: 'worker.tag', explicit: true },
            },
          ],
        },
      },
    ],
    [
      'several names and tags',
      { 'web.helm.image-tag': 'api.tag,worker.tag', 'web.helm.image-name': 'api.name ,worker.name' },
      {
        slot: {
          kind: 'helm-parts',
          name: { path: 'api.name', explicit: true },
          tag: { path: 'api.tag', explicit: true },
          others: [
            {
              kind: 'helm-parts',
              name: { path: 'worker.name', explicit: true },
              tag: { path: 'worker.tag', explicit: true },
            },
          ],
        },
      },
    ],
    [
      'several references',
      { 'web.helm.image-spec': 'a,c[name=b].image' },
      {
        slot: {
          kind: 'helm-spec',
          spec: { path: 'a', explicit: true },
          others: [{ kind: 'helm-spec', spec: { path: 'c[name=b].image', explicit: true } }],
        },
      },
    ],
    [
      'a key for the digest alone',
      { 'web.helm.image-digest': 'image.sha' },
      {
        slot: {
          kind: 'helm-parts',
          name: { path: 'image.name', explicit: false },
          tag: { path: 'image.tag', explicit: false },
          digest: { path: 'image.sha', explicit: true },
        },
      },
    ],
    [
      'a key that says the default',
      { 'web.helm.image-tag': 'image.tag' },
      {
        slot: {
          kind: 'helm-parts',
          name: { path: 'image.name', explicit: false },
          tag: { path: 'image.tag', explicit: true },
        },
      },
    ],
    [
      'a spec key',
      { 'web.helm.image-spec': ' web.image ' },
      { slot: { kind: 'helm-spec', spec: { path: 'web.image', explicit: true } } },
    ],
    [
      'a spec key over the others',
      { 'web.helm.image-spec': 'web.image', 'web.helm.image-tag': 'web.tag' },
      { slot: { kind: 'helm-spec', spec: { path: 'web.image', explicit: true } } },
    ],
  ])('%s: %o', (_, annotations, expected) => {
    const { policy, observed, destination } = policyOf(readWeb(annotations));
    expect({ ...policy, ...observed, ...destination }).toMatchObject(expected);
  });

  test.each<[string, Annotations, Special, TrackedImage['destination']['slot']]>([
    ['a kustomize entry', {}, KUSTOMIZED, { kind: 'kustomize', name: 'acme/web', renamed: false }],
    [
      'as the list writes it',
      { 'image-list': 'web=docker.io/acme/web:1.x' },
      KUSTOMIZED,
      { kind: 'kustomize', name: 'docker.io/acme/web', renamed: false },
    ],
    [
      'a renamed entry',
      { 'web.kustomize.image-name': 'nginx' },
      KUSTOMIZED,
      { kind: 'kustomize', name: 'nginx', renamed: true },
    ],
    [
      'its tag does not matter',
      { 'web.kustomize.image-name': 'ghcr.io/acme/base:1.0' },
      KUSTOMIZED,
      { kind: 'kustomize', name: 'ghcr.io/acme/base', renamed: true },
    ],
    [
      'a placeholder',
      { 'web.kustomize.image-name': '_WEB_IMAGE_' },
      KUSTOMIZED,
      { kind: 'kustomize', name: '_WEB_IMAGE_', renamed: true },
    ],
    [
      'a kustomization of a plain directory',
      { 'write-back-target': 'kustomization' },
      { sources: [aSource()] },
      { kind: 'kustomize', name: 'acme/web', renamed: false },
    ],
    [
      'a variable for the tag',
      { 'web.plugin.image-tag': 'WEB_TAG' },
      PLUGGED,
      { kind: 'plugin', name: undefined, tag: 'WEB_TAG', spec: undefined },
    ],
    [
      'variables for name and tag',
      { 'web.plugin.image-tag': 'WEB_TAG', 'web.plugin.image-name': 'WEB' },
      PLUGGED,
      { kind: 'plugin', name: 'WEB', tag: 'WEB_TAG', spec: undefined },
    ],
    [
      'a variable for both',
      { 'web.plugin.image-spec': 'web.image' },
      PLUGGED,
      { kind: 'plugin', name: undefined, tag: undefined, spec: 'web.image' },
    ],
    [
      'values of a plugin',
      { 'write-back-target': 'helmvalues', 'web.helm.image-spec': 'image' },
      PLUGGED,
      { kind: 'helm-spec', spec: { path: 'image', explicit: true } },
    ],
  ])('%s', (_, annotations, changes, slot) => {
    expect(policyOf(readWeb(annotations, changes)).destination.slot).toEqual(slot);
  });

  test('an image without alias takes the settings of the Application, and the usual keys', () => {
    const tracked = policyOf(readWeb({ 'image-list': 'acme/web', 'update-strategy': 'alphabetical' }));

    expect(tracked).toMatchObject({
      alias: '',
      policy: { strategy: { kind: 'alphabetical' } },
      destination: { slot: { kind: 'helm-parts' } },
    });
  });

  test('an alias with a slash is configured with an underscore', () => {
    const tracked = policyOf(
      readWeb({ 'image-list': 'a/b=acme/web', 'a_b.update-strategy': 'alphabetical' }),
    );

    expect(tracked).toMatchObject({ alias: 'a/b', policy: { strategy: { kind: 'alphabetical' } } });
  });

  test('an alias with dots is not mistaken for a key', () => {
    const { images, problems } = readWeb({
      'image-list': 'a=acme/a:1.x, a.helm=acme/b:1.x',
      'a.helm.image-tag': 'a.tag',
      'a.helm.helm.image-tag': 'b.tag',
    });

    expect(problems).toEqual([]);
    expect(images.map(({ destination: { slot } }) => slot.kind === 'helm-parts' && slot.tag.path)).toEqual([
      'a.tag',
      'b.tag',
    ]);
  });

  test('the default registry is where names without a host belong', () => {
    const tracked = policyOf(readWeb({}, {}, { defaultRegistry: 'reg.corp' }));

    expect(tracked.repository).toEqual({ registry: 'reg.corp', path: 'acme/web' });
  });
});
