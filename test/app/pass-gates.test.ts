import { describe, expect, test } from 'vitest';
import { applyOverrides } from '../../src/app/apply-overrides.ts';
import { createRegistryAnswers, decideImages, type Evaluation } from '../../src/app/decide-images.ts';
import { MOST_TURNED_AWAY, passGates } from '../../src/app/pass-gates.ts';
import type { Present } from '../../src/app/read-present.ts';
import type { CycleRun, RegistryServices } from '../../src/app/services.ts';
import type { SignatureFinding } from '../../src/core/gates/signature-finding.ts';
import type { PresentImage, TrackedImage } from '../../src/core/policy.ts';
import { parseValueTemplate } from '../../src/core/value-template.ts';
import { LynceusError } from '../../src/errors.ts';
import type { Signatures } from '../../src/ports/signatures.ts';
import { SILENT } from '../helpers/logs.ts';
import {
  aDigest,
  aListing,
  aTracked,
  LINUX_AMD64,
  someFacts,
  type TrackedParts,
} from '../helpers/policies.ts';
import { parseWindows } from '../../src/core/windows/parse-windows.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const SECRET = { namespace: 'shop', name: 'cosign', field: 'cosign.pub' };
const VERIFIED = { verification: { secret: SECRET } };

/** The clock stands at the first of January 2026. */
const OUTSIDE = { windows: { configured: parseWindows('deny 0 0 1 1 * 24h'), annotated: [] } };
const INSIDE = { windows: { configured: parseWindows('allow 0 0 1 1 * 24h'), annotated: [] } };

type Answer = SignatureFinding['kind'] | LynceusError;

interface World {
  /** Of each tag; `unsigned` unless said. */
  readonly signed?: Readonly<Record<string, Answer>>;
  readonly tags?: readonly string[];
  readonly keys?: LynceusError;
  readonly withoutSignatures?: true;
  readonly tagAlone?: true;
  /** Digests by tags, where they are not as when the tags were described. */
  readonly moved?: Readonly<Record<string, string>>;
}

interface Asked {
  readonly verified: string[];
  readonly described: string[];
}

/** Of each image its alias, its parts and what its target has. */
type Wish = readonly [
  alias: string,
  parts: TrackedParts,
  now: Partial<PresentImage> & { readonly hold?: string },
];

async function pass(
  wishes: readonly Wish[],
  world: World = {},
): Promise<{ readonly evaluations: readonly Evaluation[] } & Asked> {
  const asked: Asked = { verified: [], described: [] };
  const images = new Map<TrackedImage, Present>(
    wishes.map(([alias, parts, now]) => [aTracked({ alias, target: LIVE, ...parts }), presentOf(now)]),
  );
  const services = {
    ...registriesOf(world, asked),
    ...(world.withoutSignatures ? {} : { signatures: signaturesOf(world, asked) }),
  };
  const answers = createRegistryAnswers([...images.keys()], services, run());
  const decideHolds = (evaluations: readonly Evaluation[]) =>
    applyOverrides(evaluations, { history: () => Promise.reject(new Error('there is none')) }, run());
  const decided = await decideImages(images, answers, run());
  const passed = await passGates(await decideHolds(decided), answers, {
    ...run(),
    decideHolds,
    writesDigest: world.tagAlone !== true,
    projects: { kind: 'none' },
  });
  return { evaluations: passed.evaluations, ...asked };
}

const LIVE = { method: 'application', at: 'spec.source', format: 'helm' } as const;

function presentOf({ hold, ...now }: Wish[2]): Present {
  const image = { name: undefined, tag: '1.0.0', digest: undefined, ...now };
  const presence = { kind: 'present', image, ...(hold === undefined ? {} : { hold }) } as const;
  return { kind: 'read', presence, path: undefined };
}

function registriesOf(
  { tags = ['1.0.0', '1.1.0', '1.2.0'], moved = {} }: World,
  { described }: Asked,
): RegistryServices {
  return {
    logins: { find: () => Promise.resolve({ kind: 'anonymous', identity: 'nobody' }) },
    registry: {
      listTags: () => Promise.resolve(aListing(tags)),
      describe({ reference, needs }) {
        described.push(`${reference} ${needs.images ? 'images' : 'digest'}`);
        const facts = someFacts(reference);
        return Promise.resolve(needs.images ? facts : { ...facts, digest: moved[reference] ?? facts.digest });
      },
    },
    sightings: { of: () => new Map(), keep: () => undefined },
    platformDefaults: LINUX_AMD64,
    revalidate: 3_600_000,
  };
}

function signaturesOf({ signed = {}, keys }: World, { verified }: Asked): Signatures {
  const byDigest = new Map(Object.entries(signed).map(([tag, answer]) => [aDigest(tag), answer]));
  return {
    criteriaOf: (policy) =>
      keys === undefined
        ? Promise.resolve({ id: policy.name ?? 'a', policy, keys: { id: 'a', pem: [] } })
        : Promise.reject(keys),
    verify({ digest }) {
      verified.push(digest);
      const answer = byDigest.get(digest) ?? 'unsigned';
      if (answer instanceof LynceusError) return Promise.reject(answer);
      return Promise.resolve(answer === 'signed' ? { kind: 'signed' } : { kind: answer, flaws: [] });
    },
  };
}

function run(): CycleRun {
  const { signal } = new AbortController();
  return { clock: createVirtualClock(), log: SILENT, concurrency: 2, onProgress: () => undefined, signal };
}

function shown({ tracked, decision }: Evaluation): string {
  const to = decision.outcome === 'update' ? decision.to : decision.candidate;
  const digest = to?.digest === undefined ? '' : '@';
  return `${tracked.alias} ${decision.outcome} ${decision.code} ${to?.tag}${digest}`;
}

const GONE = new LynceusError('registry-unreachable', 'gone');
const GOOD: Wish = ['good', { image: 'ghcr.io/acme/good', ...VERIFIED }, { tag: '1.1.0' }];
const TEMPLATE = { path: 'image.tag', explicit: true };

describe('passGates', () => {
  test.each<[string, Wish, World, string, readonly string[]]>([
    [
      'writes what is signed, by its digest',
      ['a', VERIFIED, {}],
      { signed: { '1.2.0': 'signed' } },
      'update newer-version 1.2.0@',
      ['1.2.0'],
    ],
    ['asks nothing of what waits for its window', ['a', OUTSIDE, {}], {}, 'held outside-window 1.2.0', []],
    ['writes the tag alone in its window', ['a', INSIDE, {}], {}, 'update newer-version 1.2.0', []],
    [
      'lets only what is signed wait for its window',
      ['a', { ...VERIFIED, ...OUTSIDE }, {}],
      { signed: { '1.1.0': 'signed' } },
      'held outside-window 1.1.0@',
      ['1.2.0', '1.1.0'],
    ],
    [
      'holds what is unsigned in its window and outside',
      ['a', { ...VERIFIED, ...OUTSIDE }, {}],
      {},
      'held signature-missing 1.2.0@',
      ['1.2.0', '1.1.0'],
    ],
    [
      'tells of a missing signature where waiting leads to a step down',
      ['a', { ...VERIFIED, ...OUTSIDE, allowDowngrade: true }, { tag: '1.1.5' }],
      { signed: { '1.1.0': 'signed' } },
      'held signature-missing 1.2.0@',
      ['1.2.0', '1.1.0'],
    ],
    ['lets a hold go before a window', ['a', { ...OUTSIDE, hold: 'later' }, {}], {}, 'held pinned 1.2.0', []],
    [
      'finds what is there current outside of its window',
      ['a', OUTSIDE, { tag: '1.2.0' }],
      {},
      'current up-to-date 1.2.0',
      [],
    ],
    [
      'writes nothing anew outside of its window',
      ['a', OUTSIDE, { tag: '1.2.0', fault: 'misread' }],
      {},
      'held outside-window 1.2.0',
      [],
    ],
    ['asks nothing for who asks for nothing', ['a', {}, {}], {}, 'update newer-version 1.2.0', []],
    [
      'takes the next best',
      ['a', VERIFIED, {}],
      { signed: { '1.1.0': 'signed' } },
      'update newer-version 1.1.0@',
      ['1.2.0', '1.1.0'],
    ],
    ['holds when none is left', ['a', VERIFIED, {}], {}, 'held signature-missing 1.2.0@', ['1.2.0', '1.1.0']],
    [
      'holds for the best one',
      ['a', VERIFIED, {}],
      { signed: { '1.2.0': 'unfit' } },
      'held signature-invalid 1.2.0@',
      ['1.2.0', '1.1.0'],
    ],
    [
      'never passes over one that cannot be read',
      ['a', VERIFIED, {}],
      { signed: { '1.2.0': GONE, '1.1.0': 'signed' } },
      'held gate-unavailable 1.2.0@',
      ['1.2.0'],
    ],
    [
      'stops at the second that cannot be read',
      ['a', VERIFIED, {}],
      { signed: { '1.1.0': GONE } },
      'held gate-unavailable 1.1.0@',
      ['1.2.0', '1.1.0'],
    ],
    [
      'holds without a key',
      ['a', VERIFIED, {}],
      { keys: new LynceusError('credentials-missing', 'no key'), signed: { '1.2.0': 'signed' } },
      'held gate-unavailable 1.2.0@',
      [],
    ],
    [
      'holds where nobody can verify',
      ['a', VERIFIED, {}],
      { withoutSignatures: true },
      'held gate-unavailable 1.2.0@',
      [],
    ],
    [
      'asks nothing when the best is there',
      ['a', VERIFIED, { tag: '1.2.0' }],
      {},
      'current up-to-date 1.2.0',
      [],
    ],
    [
      'asks nothing when the best is there with its digest',
      ['a', VERIFIED, { tag: '1.2.0', digest: aDigest('old') }],
      {},
      'current up-to-date 1.2.0',
      [],
    ],
    ['asks nothing of what a comment holds', ['a', VERIFIED, { hold: '' }], {}, 'held pinned 1.2.0', []],
    [
      'asks nothing of what an annotation holds',
      ['a', { ...VERIFIED, hold: 'later' }, {}],
      {},
      'held pinned 1.2.0',
      [],
    ],
    ['asks nothing of a downgrade', ['a', VERIFIED, { tag: '3.0.0' }], {}, 'held downgrade 1.2.0', []],
    [
      'asks of a downgrade that is allowed',
      ['a', { ...VERIFIED, allowDowngrade: true }, { tag: '3.0.0' }],
      { signed: { '1.2.0': 'signed' } },
      'update newer-version 1.2.0@',
      ['1.2.0'],
    ],
    [
      'steps down for no missing signature',
      ['a', { ...VERIFIED, allowDowngrade: true }, { tag: '1.1.5' }],
      { signed: { '1.1.0': 'signed' } },
      'held signature-missing 1.2.0@',
      ['1.2.0', '1.1.0'],
    ],
    [
      'does not write the version in force anew',
      ['a', VERIFIED, { tag: '1.2.0', fault: 'misread' }],
      { signed: { '1.1.0': 'signed' } },
      'held signature-missing 1.2.0@',
      ['1.2.0'],
    ],
    [
      'writes the version in force anew, signed',
      ['a', VERIFIED, { tag: '1.2.0', fault: 'misread' }],
      { signed: { '1.2.0': 'signed' } },
      'update rewritten 1.2.0@',
      ['1.2.0'],
    ],
    [
      'follows a digest',
      ['a', { ...VERIFIED, strategy: { kind: 'digest', tag: '1.0.0' } }, { digest: aDigest('old') }],
      { signed: { '1.0.0': 'signed' } },
      'update digest-moved 1.0.0@',
      ['1.0.0'],
    ],
    [
      'follows no digest that is unsigned',
      ['a', { ...VERIFIED, strategy: { kind: 'digest', tag: '1.0.0' } }, { digest: aDigest('old') }],
      {},
      'held signature-missing 1.0.0@',
      ['1.0.0'],
    ],
    [
      'walks by names',
      ['a', { ...VERIFIED, strategy: { kind: 'alphabetical' } }, {}],
      { signed: { '1.1.0': 'signed' } },
      'update newer-version 1.1.0@',
      ['1.2.0', '1.1.0'],
    ],
    [
      'writes the tag alone where no digest has room',
      [
        'a',
        {
          ...VERIFIED,
          slot: {
            kind: 'helm-parts',
            name: TEMPLATE,
            tag: TEMPLATE,
            template: parseValueTemplate('v-{tag}'),
          },
        },
        {},
      ],
      { signed: { '1.2.0': 'signed' } },
      'update newer-version 1.2.0',
      ['1.2.0'],
    ],
  ])('%s', async (_, wish, world, expected, verified) => {
    const good: World['signed'] = { '1.2.0': 'unsigned', ...world.signed };
    const { evaluations, ...asked } = await pass([wish], { ...world, signed: good });
    expect(evaluations.map(shown)).toEqual([`a ${expected}`]);
    expect(asked.verified).toEqual(verified.map(aDigest));
  });

  test('writes the tag alone where that is configured', async () => {
    const { evaluations } = await pass([['a', VERIFIED, {}]], {
      tagAlone: true,
      signed: { '1.2.0': 'signed' },
    });
    expect(evaluations.map(shown)).toEqual(['a update newer-version 1.2.0']);
  });

  test('judges what a tag names now, not what it named when it was chosen', async () => {
    const moved = { '1.2.0': aDigest('moved') };
    const world: World = { moved, signed: { '1.2.0': 'signed', '1.1.0': 'signed' } };
    const { evaluations, verified } = await pass([['a', VERIFIED, {}]], world);
    expect(evaluations.map(shown)).toEqual(['a update newer-version 1.1.0@']);
    expect(verified).toEqual([aDigest('moved'), aDigest('1.1.0')]);
  });

  test.each<[string, Answer, string]>([
    ['is unsigned', 'unsigned', 'held signature-missing'],
    ['is signed by another key', 'unfit', 'held signature-invalid'],
    ['cannot be asked', GONE, 'held gate-unavailable'],
  ])('a good neighbour is written beside one that %s', async (_, answer, ends) => {
    const bad: Wish = ['bad', { ...VERIFIED, strategy: { kind: 'semver', constraint: '1.1.x' } }, {}];
    const { evaluations } = await pass([bad, GOOD, ['free', {}, {}]], {
      signed: { '1.2.0': 'signed', '1.1.0': answer },
    });
    expect(evaluations.map(shown)).toEqual([
      `bad ${ends} 1.1.0@`,
      'good update newer-version 1.2.0@',
      'free update newer-version 1.2.0',
    ]);
  });

  test('a good neighbour is written beside one outside of its window', async () => {
    const { evaluations } = await pass([['bad', OUTSIDE, {}], GOOD, ['free', INSIDE, {}]], {
      signed: { '1.2.0': 'signed' },
    });
    expect(evaluations.map(shown)).toEqual([
      'bad held outside-window 1.2.0',
      'good update newer-version 1.2.0@',
      'free update newer-version 1.2.0',
    ]);
  });

  test('what passed over is a warning, once a worse version is written', async () => {
    const { evaluations } = await pass(
      [
        ['a', VERIFIED, {}],
        ['b', VERIFIED, { tag: '1.1.0' }],
      ],
      {
        signed: { '1.1.0': 'signed' },
      },
    );
    expect(evaluations.map(({ notes }) => notes?.map(({ code }) => code))).toEqual([
      ['newer-turned-away'],
      undefined,
    ]);
  });

  test('many images of one repository ask once', async () => {
    const wishes = Array.from({ length: 50 }, (_, at): Wish => [`a${at}`, VERIFIED, {}]);
    const { evaluations, verified, described } = await pass(wishes, { signed: { '1.1.0': 'signed' } });
    expect(new Set(evaluations.map((one) => shown(one).replace(/^a\d+ /, '')))).toEqual(
      new Set(['update newer-version 1.1.0@']),
    );
    expect(verified).toEqual(['1.2.0', '1.1.0'].map(aDigest));
    expect(described.toSorted()).toEqual(['1.1.0 digest', '1.1.0 images', '1.2.0 digest', '1.2.0 images']);
  });

  test(`after ${MOST_TURNED_AWAY} versions the walk ends`, async () => {
    const tags = Array.from({ length: 100 }, (_, at) => `1.0.${at}`);
    const { evaluations, verified } = await pass([['a', VERIFIED, {}]], {
      tags,
      signed: { '1.0.5': 'signed' },
    });
    expect(evaluations.map(shown)).toEqual(['a held signature-missing 1.0.99@']);
    expect(verified).toHaveLength(MOST_TURNED_AWAY);
  });
});
