import type { ImageUpdate } from '../../src/core/change.ts';
import type { ImageReference } from '../../src/core/image/reference.ts';
import { parseImageReference, repositoryOf } from '../../src/core/image/reference.ts';
import type {
  Destination,
  FileTarget,
  GitPlace,
  ImagePolicy,
  ImageSlot,
  Observation,
  TrackedImage,
  WriteTarget,
} from '../../src/core/policy.ts';
import type { Requester } from '../../src/core/permissions/requester.ts';
import type { PlatformDefaults } from '../../src/core/selection/check-tag.ts';
import type { TagFacts, TagListing } from '../../src/core/tags/facts.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

export const LINUX_AMD64: PlatformDefaults = { configured: [], own: { os: 'linux', architecture: 'amd64' } };

export function aPlace(changes: Partial<GitPlace> = {}): GitPlace {
  return {
    remote: parseGitRemote('https://git.example/acme/deploy.git'),
    base: 'main',
    push: undefined,
    credentials: { kind: 'repocreds' },
    ...changes,
  };
}

export function aPlaceAt(url: string, changes: Partial<GitPlace> = {}): GitPlace {
  return aPlace({ remote: parseGitRemote(url), ...changes });
}

/** An Application of Argo CD's namespace without sources, so that nothing it writes is its own. */
export function aRequester(changes: Partial<Requester> = {}): Requester {
  return {
    project: 'default',
    namespace: 'argocd',
    overrideName: '.argocd-source-shop.yaml',
    sources: [],
    ...changes,
  };
}

/** The parts of a tracked image in one record, so that a case names only what matters to it. */
export interface TrackedParts
  extends
    Partial<Omit<TrackedImage, 'image' | 'policy' | 'observed' | 'destination'>>,
    Partial<ImagePolicy>,
    Partial<Observation>,
    Partial<Pick<Destination, 'slot'>> {
  readonly image?: string;
  readonly place?: GitPlace;
  readonly file?: FileTarget;
  readonly target?: WriteTarget;
}

const DEFAULT_SLOT: ImageSlot = {
  kind: 'helm-parts',
  name: { path: 'image.repository', explicit: true },
  tag: { path: 'image.tag', explicit: true },
};

/** A tracked image like any other: semver, Helm values, no limits. */
export function aTracked({
  image = 'ghcr.io/acme/api',
  place = aPlace(),
  file = { kind: 'helm-values', path: 'apps/shop/values.yaml' },
  target = { method: 'git', place, file },
  application = { namespace: 'argocd', name: 'shop' },
  alias = 'api',
  repository,
  slot = DEFAULT_SLOT,
  live = 'unknown',
  declared,
  running,
  deployment,
  deployedSource,
  destinationNamespace,
  requester = aRequester(),
  claim = 'own',
  ...policy
}: TrackedParts = {}): TrackedImage {
  const reference: ImageReference = parseImageReference(image);
  return {
    application,
    alias,
    image: reference,
    repository: repository ?? repositoryOf(reference),
    policy: {
      strategy: { kind: 'semver', constraint: '' },
      filter: { allow: undefined, ignore: [] },
      platforms: undefined,
      pullSecret: undefined,
      forceUpdate: false,
      rollback: 'resume-on-newer',
      allowDowngrade: false,
      hold: undefined,
      ...policy,
    },
    observed: {
      live,
      declared,
      ...(running === undefined ? {} : { running }),
      ...(deployment === undefined ? {} : { deployment }),
      ...(deployedSource === undefined ? {} : { deployedSource }),
      ...(destinationNamespace === undefined ? {} : { destinationNamespace }),
    },
    destination: { slot, target },
    requester,
    claim,
  };
}

/** An update to 1.1.0, of an image that nothing names yet. */
export function anUpdate(parts: TrackedParts = {}, changes: Partial<ImageUpdate> = {}): ImageUpdate {
  return {
    tracked: aTracked(parts),
    from: undefined,
    before: undefined,
    to: { tag: '1.1.0', digest: undefined },
    labels: {},
    ...changes,
  };
}

export function aListing(tags: readonly string[], changes: Partial<TagListing> = {}): TagListing {
  return { tags, order: 'unordered', facts: new Map(), ...changes };
}

/** An index whose digest is made from a word, with one image per platform. */
export function someFacts(
  word: string,
  platforms: readonly string[] = ['linux/amd64'],
  created?: string,
): TagFacts {
  return {
    digest: aDigest(word),
    images: platforms.map((platform) => {
      const [os = '', architecture = ''] = platform.split('/');
      return {
        digest: aDigest(`${word} ${platform}`),
        platform: { os, architecture },
        created: created === undefined ? undefined : Date.parse(created),
        labels: {},
      };
    }),
  };
}

export function aDigest(word: string): string {
  return `sha256:${Buffer.from(word).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}
