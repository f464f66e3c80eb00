import { describe, expect, test } from 'vitest';
import type { EcrApi, EcrImage, EcrImagePage } from '../../src/aws/ecr-api.ts';
import { LynceusError } from '../../src/errors.ts';
import type { Login } from '../../src/ports/logins.ts';
import type { BulkLister } from '../../src/registries/bulk-first.ts';
import { ecrListerFor } from '../../src/registries/ecr/ecr-lister.ts';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import { ECR_HOST } from '../helpers/ecr-stand-in.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, basicLogin } from './asking.ts';

const { signal } = new AbortController();
const ROLE = 'arn:aws:iam::123456789012:role/pull';
const OWN = basicLogin('AWS', 'secret', `ecr:${ECR_HOST}`);

function digest(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

function image(letter: string, tags: readonly string[], pushed?: number): EcrImage {
  return { digest: digest(letter), tags, pushed };
}

function page(images: readonly EcrImage[], next?: string): EcrImagePage {
  return { kind: 'page', images, next };
}

interface World {
  readonly lister: BulkLister;
  readonly turns: () => number;
  readonly freezes: readonly number[];
  readonly questions: readonly unknown[];
  readonly denied: readonly unknown[];
}

function setUp(
  answer: (after: string | undefined) => EcrImagePage,
  endpoint: Partial<RegistryEndpoint> = {},
): World {
  let turns = 0;
  const freezes: number[] = [];
  const questions: unknown[] = [];
  const denied: unknown[] = [];
  const api: EcrApi = {
    authorizationToken: () => Promise.reject(new Error('nobody logs in here')),
    imagePage: async ({ role }, question) => {
      questions.push({ ...question, role: role?.arn });
      return await Promise.resolve(answer(question.after));
    },
  };
  const lister = ecrListerFor(anEndpoint('https://x.test', { prefix: ECR_HOST, ...endpoint }), {
    listing: { api, onDenied: (event) => denied.push(event) },
    budget: {
      waitForTurn: () => {
        turns += 1;
        return Promise.resolve();
      },
      pause: ({ milliseconds }) => void freezes.push(milliseconds),
    },
  });
  if (lister === undefined) throw new Error('there is no lister');
  return { lister, turns: () => turns, freezes, questions, denied };
}

function list(lister: BulkLister, login: Login = OWN, path = 'acme/api') {
  return lister.listTags({ repository: { registry: ECR_HOST, path }, login }, signal);
}

describe('images of Amazon ECR', () => {
  test('are listed with digest and push time, each tag on its own', async () => {
    const { lister, turns, questions } = setUp((after) =>
      after === undefined
        ? page([image('a', ['1.0', 'latest'], 1000), image('b', ['not/a/tag', '2.0'], 2000)], 'more')
        : page([image('c', ['3.0'])]),
    );

    expect(await list(lister)).toEqual({
      tags: ['1.0', 'latest', '2.0', '3.0'],
      order: 'unordered',
      facts: new Map([
        ['1.0', { digest: digest('a'), images: undefined, pushed: 1000 }],
        ['latest', { digest: digest('a'), images: undefined, pushed: 1000 }],
        ['2.0', { digest: digest('b'), images: undefined, pushed: 2000 }],
        ['3.0', { digest: digest('c'), images: undefined }],
      ]),
    });
    expect(questions).toEqual([
      { repository: 'acme/api', after: undefined },
      { repository: 'acme/api', after: 'more' },
    ]);
    expect(turns()).toBe(2);
  });

  test('may be on a later page than an empty one', async () => {
    const { lister } = setUp((after) => (after === undefined ? page([], 'x') : page([image('a', ['1.0'])])));

    expect((await list(lister))?.tags).toEqual(['1.0']);
  });

  test('that were moved while the pages were read have no facts', async () => {
    const { lister } = setUp((after) =>
      after === undefined ? page([image('a', ['latest'])], 'x') : page([image('b', ['latest', '2.0'])]),
    );

    const listing = await list(lister);

    expect(listing?.tags).toEqual(['latest', '2.0']);
    expect([...(listing?.facts.keys() ?? [])]).toEqual(['2.0']);
  });

  test('are put in order by their push times where an administrator asked for an order', async () => {
    const images = [image('a', ['old'], 1), image('b', ['new', 'newest'], 9), image('c', ['between'], 5)];
    const { lister } = setUp(() => page(images), { tagSortMode: 'latest-last' });
    const { lister: half } = setUp(() => page([...images, image('d', ['dateless'])]), {
      tagSortMode: 'latest-first',
    });

    expect(await list(lister)).toMatchObject({
      tags: ['new', 'newest', 'between', 'old'],
      order: 'latest-first',
    });
    expect((await list(half))?.order).toBe('unordered');
  });

  test('are never a shorter list', async () => {
    let pages = 0;
    const circle = setUp(() => page([image('a', ['1.0'])], 'again'));
    const endless = setUp(() => page([], `page ${(pages += 1)}`));
    const broken = setUp(() => page([{ digest: undefined, tags: ['1.0'], pushed: undefined }]));

    expect(await errorOf(list(circle.lister))).toMatchObject({ code: 'registry-response-invalid' });
    expect(await errorOf(list(endless.lister))).toMatchObject({ code: 'limit-exceeded' });
    expect(await errorOf(list(broken.lister))).toMatchObject({ code: 'registry-response-invalid' });
  });

  test('that are asked for too often let everybody wait', async () => {
    const { lister, freezes } = setUp(() => {
      throw new LynceusError('registry-rate-limited', 'ThrottlingException');
    });

    expect(await errorOf(list(lister))).toMatchObject({ code: 'registry-rate-limited' });
    expect(freezes).toEqual([5000]);
  });

  test('are asked for as the role of the entry', async () => {
    const { lister, questions } = setUp(() => page([]), { awsRoleArn: ROLE });

    expect(await list(lister, OWN)).toBeUndefined();
    await list(lister, basicLogin('AWS', 'secret', `ecr:${ECR_HOST} as ${ROLE}`));

    expect(questions).toEqual([{ repository: 'acme/api', after: undefined, role: ROLE }]);
  });

  test.each([
    ['a login that somebody named', basicLogin('AWS', 'secret', 'env:ECR')],
    ['nobody', ANONYMOUS],
  ])('are left to the distribution API for %s', async (_, login) => {
    const { lister, questions } = setUp(() => page([]));

    expect(await list(lister, login)).toBeUndefined();
    expect(questions).toEqual([]);
  });

  test('are left to it when they are denied, which is told once', async () => {
    const { lister, denied } = setUp(() => ({ kind: 'denied' }));

    expect(await list(lister)).toBeUndefined();
    expect(await list(lister, OWN, 'acme/web')).toBeUndefined();

    expect(denied).toEqual([{ registry: ECR_HOST, login: `ecr:${ECR_HOST}` }]);
  });

  test('are no matter of other registries', () => {
    const budget = { waitForTurn: () => Promise.resolve(), pause: () => undefined };
    const api: EcrApi = {
      authorizationToken: () => Promise.reject(new Error('no')),
      imagePage: () => Promise.reject(new Error('no')),
    };

    for (const prefix of ['ghcr.io', 'public.ecr.aws', ''])
      expect(
        ecrListerFor(anEndpoint('https://x.test', { prefix }), { listing: { api }, budget }),
      ).toBeUndefined();
  });
});
