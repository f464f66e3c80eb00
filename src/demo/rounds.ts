import { BROKEN_VERSION } from './files.ts';
import type { DemoImage } from './image-store.ts';
import type { DemoRegistry } from './registry.ts';
import type { PersonEdit } from './person.ts';

/** One change in the demo's world, and the cycle that follows it. */
export interface Round {
  readonly title: string;
  /** How much time passes first, in milliseconds. */
  readonly later?: number;
  readonly pushes: readonly ImagePush[];
  /** What a person pushes to Git in the middle of the cycle, after it has read the remote and before it writes. */
  readonly meanwhile?: PersonEdit;
  /** Printed after the cycle: what it shows. */
  readonly explanation: string;
  /** Aliases that must be updated, and how many commits and pushes that must take; the demo fails otherwise. */
  readonly expected: {
    readonly updated: readonly string[];
    readonly commits: number;
    readonly pushes: number;
  };
}

export interface ImagePush {
  readonly repository: string;
  readonly tag: string;
  readonly image: DemoImage;
  readonly note?: string;
}

export function pushImages(registry: DemoRegistry, pushes: readonly ImagePush[]): void {
  for (const { repository, tag, image } of pushes) registry.push(repository, tag, image);
}

/** The registry's contents at the start: the versions that are in the files in Git. */
export const FIRST_IMAGES: readonly ImagePush[] = [
  image('guestbook:1.0.0', '2026-03-02T09:00:00Z'),
  image('shop/backend:2.1.0', '2026-03-02T09:10:00Z'),
  image('shop/frontend:build-412', '2026-03-02T09:20:00Z'),
  image('worker:stable', '2026-03-02T09:30:00Z'),
];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const ROUNDS: readonly Round[] = [
  {
    title: 'Weeks of releases have piled up',
    pushes: [
      image('guestbook:1.0.1', '2026-03-09T09:00:00Z'),
      image('guestbook:1.2.0', '2026-03-16T09:00:00Z'),
      image('guestbook:2.0.0', '2026-03-17T09:00:00Z', 'a new major version; the Application asks for ^1'),
      image('shop/backend:2.1.9', '2026-03-16T10:00:00Z'),
      image(
        'shop/backend:2.1.10',
        '2026-03-17T10:00:00Z',
        'newer than 2.1.9: versions are numbers, not words',
      ),
      image('shop/frontend:build-9', '2026-03-18T11:00:00Z', 'the newest by build date, though not by name'),
    ],
    explanation:
      'One commit per Application, all of them in one push. Only the bytes of the versions change: comments, quotes and spacing stay.',
    expected: { updated: ['backend', 'frontend', 'web', 'worker'], commits: 3, pushes: 1 },
  },
  {
    title: 'A patch release',
    pushes: [image('shop/backend:2.1.11', '2026-03-20T09:00:00Z')],
    explanation: 'The other images are current and stay as they are.',
    expected: { updated: ['backend'], commits: 1, pushes: 1 },
  },
  {
    title: 'Images that nobody asked for',
    pushes: [
      image('shop/backend:2.1.12-rc.1', '2026-03-21T09:00:00Z', 'a pre-release; ~2.1 does not allow it'),
      image('shop/frontend:build-10-debug', '2026-03-21T10:00:00Z', 'allow-tags asks for ^build-[0-9]+$'),
    ],
    explanation: 'Nothing qualifies, so nothing is written.',
    expected: { updated: [], commits: 0, pushes: 0 },
  },
  {
    title: 'A tag moves to another image',
    pushes: [image('worker:stable', '2026-03-22T09:00:00Z', 'rebuilt: the same tag, another digest')],
    explanation:
      'The strategy digest pins what the tag stood for; queue=orders, a parameter of the Application itself, stays in force.',
    expected: { updated: ['worker'], commits: 1, pushes: 1 },
  },
  {
    title: 'Ida pushes to the same file at the same moment',
    pushes: [image('guestbook:1.2.1', '2026-03-23T09:00:00Z')],
    meanwhile: {
      path: 'guestbook/kustomization.yaml',
      find: 'resources:\n',
      replace: 'namePrefix: prod-\nresources:\n',
      message: 'Prefix production names',
    },
    explanation:
      "Lynceus's first push is rejected, because Ida's has just come in. It fetches, makes the same edit on top of hers, and pushes again. Nothing is lost, nothing is forced.",
    expected: { updated: ['web'], commits: 2, pushes: 2 },
  },
  {
    title: 'Two hours later, production follows',
    later: 2 * HOUR,
    pushes: [],
    explanation:
      'shop-production takes what shop has had for two hours (promote-from, promote-after), and nothing else, whatever the registry has.',
    expected: { updated: ['backend'], commits: 1, pushes: 1 },
  },
  {
    title: 'A release that breaks the shop',
    pushes: [image(`shop/backend:${BROKEN_VERSION}`, '2026-03-24T09:00:00Z', 'the shop answers 503 with it')],
    explanation:
      'It looks like any other, and is written to staging. From now on the check shop-answers watches.',
    expected: { updated: ['backend'], commits: 1, pushes: 1 },
  },
  {
    title: 'Five minutes later, the check takes it back',
    later: 5 * MINUTE,
    pushes: [],
    explanation:
      'A commit restores what the file said. The version counts as rolled back: it is not written again, and never reaches production.',
    expected: { updated: ['backend'], commits: 1, pushes: 1 },
  },
  {
    title: 'The fix',
    pushes: [image('shop/backend:2.1.13', '2026-03-24T11:00:00Z')],
    explanation: 'A newer version ends the hold.',
    expected: { updated: ['backend'], commits: 1, pushes: 1 },
  },
  {
    title: 'Two hours later, production has the fix',
    later: 2 * HOUR,
    pushes: [],
    explanation: `Production goes from 2.1.11 to 2.1.13; ${BROKEN_VERSION} was never there.`,
    expected: { updated: ['backend'], commits: 1, pushes: 1 },
  },
  {
    title: 'Nothing happens',
    pushes: [],
    explanation: 'The normal day: every image is current, nothing is written.',
    expected: { updated: [], commits: 0, pushes: 0 },
  },
];

/** How much time passes in all rounds, in milliseconds. */
export const TIME_OF_ROUNDS = ROUNDS.reduce((sum, { later = 0 }) => sum + later, 0);

function image(reference: string, created: string, note?: string): ImagePush {
  const [repository = '', tag = ''] = reference.split(':');
  return { repository, tag, image: { created }, ...(note === undefined ? {} : { note }) };
}
