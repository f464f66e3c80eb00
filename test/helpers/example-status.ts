import { indexImages } from '../../src/core/status/query-images.ts';
import type { ImageExplanation } from '../../src/core/status/image-explanation.ts';
import type { ChangeStatus, ImageStatus } from '../../src/core/status/image-status.ts';
import type {
  ImageStory,
  PipelineStage,
  RegistryStatus,
  RemoteStatus,
  StatusOverview,
} from '../../src/core/status/status-pages.ts';
import type { StatusReader } from '../../src/ports/status.ts';

/** What a reader in memory answers with. */
export interface ExampleStatus {
  readonly images: readonly ImageStatus[];
  readonly changes: readonly ChangeStatus[];
  readonly stories: Readonly<Record<string, Partial<ImageStory>>>;
  readonly explanations?: Readonly<Record<string, ImageExplanation>>;
  readonly pipeline: readonly PipelineStage[];
  readonly registries: readonly RegistryStatus[];
  readonly remotes: readonly RemoteStatus[];
  readonly overview: Partial<StatusOverview>;
}

export interface ExampleReader extends StatusReader {
  /** Puts another state in place, and says so to who listens. */
  become(next: Partial<ExampleStatus>): void;
}

export const NOTHING_KNOWN: ExampleStatus = {
  images: [],
  changes: [],
  stories: {},
  pipeline: [],
  registries: [],
  remotes: [],
  overview: {},
};

/** Implements the port from data. */
export function createExampleReader(first: ExampleStatus): ExampleReader {
  let state = first;
  let index = indexImages(state.images);
  let revision = 1;
  const listeners = new Set<(imageIds: readonly string[]) => void>();
  const reader: ExampleReader = {
    overview: () => ({
      version: '0.1.0',
      revision: String(revision),
      leader: { leads: true },
      applications: new Set(state.images.map(({ namespace, application }) => `${namespace}/${application}`))
        .size,
      images: countsOf(state.images, ({ outcome }) => outcome, {
        update: 0,
        updated: 0,
        current: 0,
        held: 0,
        skipped: 0,
        failed: 0,
      }),
      held: countsOf(
        state.images.filter(({ outcome }) => outcome === 'held'),
        ({ code }) => code,
        {},
      ),
      problems: state.images.reduce((sum, { problems }) => sum + problems.length, 0),
      verificationsRunning: 1,
      ...state.overview,
    }),
    images: (query, part) => index.find(query, part),
    image(id) {
      const image = index.byId.get(id);
      if (image === undefined) return undefined;
      const changes = state.changes.filter(({ imageId }) => imageId === id);
      return { image, changes, promotedTo: [], ...state.stories[id] };
    },
    changes({ search = '' }, { after, limit }) {
      const found = state.changes.filter((change) => JSON.stringify(change).includes(search));
      const start = Number(after ?? 0);
      const isMore = found.length > start + limit;
      return {
        items: found.slice(start, start + limit),
        total: found.length,
        ...(isMore ? { next: String(start + limit) } : {}),
      };
    },
    explanation: (id) => state.explanations?.[id],
    pipeline: () => state.pipeline,
    registries: () => state.registries,
    remotes: () => state.remotes,
    confinedTo: () => reader,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    become(next) {
      const before = new Map(state.images.map((image) => [image.id, image]));
      state = { ...state, ...next };
      index = indexImages(state.images);
      revision += 1;
      const ids = state.images.filter((image) => before.get(image.id) !== image).map(({ id }) => id);
      for (const listener of listeners) listener(ids);
    },
  };
  return reader;
}

function countsOf<Key extends string>(
  images: readonly ImageStatus[],
  keyOf: (image: ImageStatus) => Key,
  none: Readonly<Record<Key, number>> | Readonly<Record<string, never>>,
): Record<Key, number> {
  const counts = { ...none } as Record<Key, number>;
  for (const image of images) counts[keyOf(image)] = (counts[keyOf(image)] ?? 0) + 1;
  return counts;
}

/** An image that is up to date, with something else in it. */
export function exampleImage(part: Partial<ImageStatus> & { readonly now: number }): ImageStatus {
  const { now, ...own } = part;
  const { namespace = 'argocd', application = 'guestbook', alias = 'web' } = own;
  return {
    id: own.id ?? [namespace, application, alias].map(encodeURIComponent).join('/'),
    namespace,
    application,
    project: 'default',
    alias,
    image: 'registry.example.com/guestbook',
    outcome: 'current',
    code: 'up-to-date',
    reason: 'semver chose 1.4.2 among 31 tags, and the target has it',
    facts: { chosen: { tag: '1.4.2' }, strategy: 'semver', considered: 31 },
    since: now - 4 * HOUR,
    checkedAt: now - 20_000,
    current: { tag: '1.4.2' },
    ...(own.outcome === 'failed' ? {} : { candidate: own.current ?? { tag: '1.4.2' } }),
    behind: 0,
    tags: { seen: 212, considered: 31 },
    policy: {
      strategy: 'semver',
      constraint: '~1.4',
      ignoreTags: [],
      platforms: ['linux/amd64'],
      windows: [],
      signatures: [],
      verify: [],
      promoteFrom: [],
    },
    writer: 'git',
    git: {
      remote: 'https://git.example.com/platform/deployments.git',
      branch: 'main',
      path: `${application}/kustomization.yaml`,
      commit: '8c1d9f04b2aa67e5d1c0f9b83a5b7e6d4c2f1a09',
      commitUrl:
        'https://git.example.com/platform/deployments/commit/8c1d9f04b2aa67e5d1c0f9b83a5b7e6d4c2f1a09',
    },
    deployment: {
      sync: 'Synced',
      health: 'Healthy',
      healthSince: now - 3 * HOUR,
      revision: '8c1d9f04b2aa67e5d1c0f9b83a5b7e6d4c2f1a09',
    },
    warnings: [],
    problems: [],
    ...own,
  };
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
