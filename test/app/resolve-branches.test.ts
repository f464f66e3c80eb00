import { describe, expect, test } from 'vitest';
import { resolveBranches, type ResolvedBranches } from '../../src/app/resolve-branches.ts';
import type { Heads } from '../../src/core/git/heads.ts';
import type { GitPlace, TrackedImage } from '../../src/core/policy.ts';
import { LynceusError } from '../../src/errors.ts';
import type { WriterSession } from '../../src/ports/writer.ts';
import { aPlaceAt, aTracked, type TrackedParts } from '../helpers/policies.ts';

const URL = 'https://git.example/acme/deploy.git';
const WITHOUT_SUFFIX = 'https://git.example/acme/deploy';
const WITH_SLASH = 'https://git.example/acme/deploy.git/';

function headsOf(commits: Readonly<Record<string, string>>): Heads {
  return { commits: new Map(Object.entries(commits)), default: 'main' in commits ? 'main' : undefined };
}

const HEADS = headsOf({ main: 'a1', next: 'b2' });
const UNREACHABLE = new LynceusError('git-unreachable', 'no answer');
const DENIED = new LynceusError('git-denied', 'no such repository');

/** A session that answers by the URL that it is asked with, and what it was asked. */
function listing(answers: Readonly<Record<string, Heads | Error>>): {
  readonly session: Pick<WriterSession, 'heads'>;
  readonly asked: readonly string[];
} {
  const asked: string[] = [];
  return {
    asked,
    session: {
      heads({ remote }) {
        asked.push(remote.url);
        const answer = answers[remote.url] ?? HEADS;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    },
  };
}

function wants(url: string, place: Partial<GitPlace> = {}, wish: TrackedParts = {}): TrackedImage {
  return aTracked({ place: aPlaceAt(url, place), ...wish });
}

async function resolve(
  images: readonly TrackedImage[],
  session: Pick<WriterSession, 'heads'>,
  signal = new AbortController().signal,
): Promise<ResolvedBranches> {
  return await resolveBranches(images, session, { concurrency: 2, signal });
}

function placesOf({ images }: ResolvedBranches): readonly GitPlace[] {
  return images.flatMap(({ destination: { target } }) => (target.method === 'git' ? [target.place] : []));
}

function failuresOf({ failed }: ResolvedBranches): readonly string[] {
  return [...failed.values()].map(({ code }) => code);
}

describe('the branch that is read', () => {
  test.each([
    ['main', 'main'],
    ['next', 'next'],
    ['', 'main'],
    ['HEAD', 'main'],
  ])('%j is %j', async (base, branch) => {
    const resolved = await resolve([wants(URL, { base })], listing({}).session);
    expect(placesOf(resolved).map((place) => place.base)).toEqual([branch]);
  });

  test.each<readonly [string, string, Heads, string]>([
    ['one that is not there', 'gone', HEADS, 'has no branch "gone"'],
    ['the default one where HEAD names none', 'HEAD', headsOf({ next: 'b2' }), 'has no default branch'],
    ['any one of an empty remote', 'main', headsOf({}), 'has no branch "main"'],
  ])('%s is a failure of its images alone', async (_, base, heads, message) => {
    const good = wants(URL, { base: 'next' });
    const wrong = wants(URL, { base });
    const resolved = await resolve([wrong, good], listing({ [URL]: heads }).session);
    expect(failuresOf(resolved)[0]).toBe('git-branch-missing');
    expect(resolved.failed.get(wrong)?.message).toContain(message);
    expect(resolved.images).toHaveLength(heads.commits.has('next') ? 1 : 0);
  });
});

describe('several spellings of one remote', () => {
  test.each<readonly [string, readonly string[], string]>([
    ['the one that most use', [URL, WITHOUT_SUFFIX, WITHOUT_SUFFIX], WITHOUT_SUFFIX],
    ['of two that as many use the one with .git', [WITHOUT_SUFFIX, URL], URL],
    ['whatever the order', [WITHOUT_SUFFIX, URL, WITHOUT_SUFFIX, URL, URL], URL],
  ])('are asked and written by one: %s', async (_, urls, taken) => {
    const { session, asked } = listing({});
    const resolved = await resolve(
      urls.map((url) => wants(url)),
      session,
    );
    expect(asked).toEqual([taken]);
    expect(new Set(placesOf(resolved).map(({ remote }) => remote.url))).toEqual(new Set([taken]));
    expect(resolved.failed.size).toBe(0);
  });

  test('when one does not work the next is tried, for all of them', async () => {
    const { session, asked } = listing({ [URL]: DENIED });
    const resolved = await resolve([wants(URL), wants(URL), wants(WITHOUT_SUFFIX)], session);
    expect(asked).toEqual([URL, WITHOUT_SUFFIX]);
    expect(placesOf(resolved).map(({ remote }) => remote.url)).toEqual(Array(3).fill(WITHOUT_SUFFIX));
  });

  test('when none works all fail with what the first one said', async () => {
    const { session, asked } = listing({
      [URL]: DENIED,
      [WITHOUT_SUFFIX]: new LynceusError('git-failed', 'later'),
      [WITH_SLASH]: new TypeError('a defect'),
    });
    const resolved = await resolve([wants(URL), wants(WITHOUT_SUFFIX), wants(WITH_SLASH)], session);
    expect(asked).toHaveLength(3);
    expect(resolved.images).toEqual([]);
    expect(failuresOf(resolved)).toEqual(Array(3).fill('git-denied'));
  });

  test('a host that cannot be reached is asked once, another name of it too', async () => {
    const ssh = [
      'git@github.com:acme/deploy.git',
      'ssh://git@github.com/acme/deploy',
      'ssh://git@ssh.github.com:443/acme/deploy',
    ];
    const [first = '', second = '', other = ''] = ssh;
    const { session, asked } = listing({ [first]: UNREACHABLE, [second]: UNREACHABLE });
    const resolved = await resolve([wants(first), wants(second), wants(other)], session);
    expect(asked).toEqual([first, other]);
    expect(placesOf(resolved).map(({ remote }) => remote.url)).toEqual(Array(3).fill(other));
  });

  test('no more than four are tried', async () => {
    const urls = ['', '/', '//', '///', '////'].map((slashes) => `${URL}${slashes}`);
    const { session, asked } = listing(Object.fromEntries(urls.map((url) => [url, DENIED])));
    const resolved = await resolve(
      urls.map((url) => wants(url)),
      session,
    );
    expect(asked).toHaveLength(4);
    expect(resolved.failed.size).toBe(5);
  });

  test('another login, and another transport, are asked by themselves', async () => {
    const { session, asked } = listing({ [URL]: DENIED });
    const resolved = await resolve(
      [
        wants(URL),
        wants('git@git.example:acme/deploy.git'),
        wants(URL, { credentials: { kind: 'secret', namespace: 'argocd', name: 'git' } }),
      ],
      session,
    );
    expect(asked.toSorted()).toEqual(['git@git.example:acme/deploy.git', URL, URL]);
    expect(failuresOf(resolved)).toEqual(['git-denied', 'git-denied']);
  });
});

describe('two spellings that differ in the case of the path', () => {
  const UPPER = 'https://git.example/Acme/Deploy.git';

  test('are one repository when they show the same commit', async () => {
    const resolved = await resolve([wants(URL), wants(URL), wants(UPPER)], listing({}).session);
    const remotes = placesOf(resolved).map(({ remote }) => remote);
    expect(remotes.map(({ url }) => url)).toEqual([URL, URL, URL]);
    expect(new Set(remotes.map(({ key }) => key)).size).toBe(1);
  });

  test('are two repositories when they show different ones', async () => {
    const resolved = await resolve(
      [wants(URL), wants(URL), wants(UPPER)],
      listing({ [UPPER]: headsOf({ main: 'c3' }) }).session,
    );
    const remotes = placesOf(resolved).map(({ remote }) => remote);
    expect(remotes.map(({ url }) => url)).toEqual([URL, URL, UPPER]);
    expect(new Set(remotes.map(({ key }) => key)).size).toBe(2);
  });

  test('a third is the one whose commit it shows, also when that is not the first', async () => {
    const third = 'https://git.example/ACME/deploy.git';
    const other = headsOf({ main: 'c3' });
    const resolved = await resolve(
      [wants(URL), wants(URL), wants(URL), wants(UPPER), wants(UPPER), wants(third)],
      listing({ [UPPER]: other, [third]: other }).session,
    );
    const remotes = placesOf(resolved).map(({ remote }) => remote);
    expect(remotes.map(({ url }) => url)).toEqual([URL, URL, URL, UPPER, UPPER, UPPER]);
    expect(new Set(remotes.slice(0, 3).map(({ key }) => key)).size).toBe(1);
    expect(new Set(remotes.slice(3).map(({ key }) => key)).size).toBe(1);
    expect(remotes[5]?.key).not.toBe(remotes[0]?.key);
  });

  test('when only one of them can be listed, the other fails alone', async () => {
    const upper = wants(UPPER);
    const resolved = await resolve([wants(URL), upper], listing({ [UPPER]: DENIED }).session);
    expect(placesOf(resolved).map(({ remote }) => remote.url)).toEqual([URL]);
    expect([...resolved.failed.keys()]).toEqual([upper]);
  });
});

describe('the branch that is pushed', () => {
  const pullRequest = { group: 'argocd/shop', kind: undefined };

  test.each<readonly [string, Partial<GitPlace>, string | undefined]>([
    ['is the base when nobody names one', {}, undefined],
    ['is the base when that one is named', { base: 'HEAD', push: 'main' }, undefined],
    ['is the one that is named', { push: 'updates' }, 'updates'],
    ['may be a template', { push: 'upd-{{ .AppName }}' }, 'upd-{{ .AppName }}'],
    ['of a pull request has a name of its own', { base: '', pullRequest }, 'lynceus/main/argocd_shop'],
    ['of a pull request is the one that is named', { push: 'updates', pullRequest }, 'updates'],
    ['of a pull request is never the base', { push: 'main', pullRequest }, 'lynceus/main/argocd_shop'],
  ])('%s', async (_, place, push) => {
    const resolved = await resolve([wants(URL, place)], listing({}).session);
    expect(placesOf(resolved).map((one) => one.push)).toEqual([push]);
  });
});

describe('resolveBranches', () => {
  test('leaves alone what is written to the cluster, and keeps the order', async () => {
    const live = aTracked({
      alias: 'live',
      target: { method: 'application', at: 'spec.source', format: 'helm' },
    });
    const { session, asked } = listing({});
    const resolved = await resolve(
      [wants(URL, {}, { alias: 'a' }), live, wants(URL, {}, { alias: 'b' })],
      session,
    );
    expect(resolved.images.map(({ alias }) => alias)).toEqual(['a', 'live', 'b']);
    expect(resolved.images[1]).toBe(live);
    expect(asked).toEqual([URL]);
  });

  test.each([UNREACHABLE, new TypeError('a defect')])(
    'one remote that fails stops no other: %s',
    async (thrown) => {
      const other = 'https://git.example/acme/other.git';
      const bad = wants(URL);
      const resolved = await resolve([bad, wants(other)], listing({ [URL]: thrown }).session);
      expect(placesOf(resolved).map(({ remote }) => remote.url)).toEqual([other]);
      expect([...resolved.failed.keys()]).toEqual([bad]);
    },
  );

  test('an abort ends all of it, and is no failure of an image', async () => {
    const controller = new AbortController();
    const session: Pick<WriterSession, 'heads'> = {
      heads: () => {
        controller.abort(new Error('enough'));
        return Promise.reject(DENIED);
      },
    };
    await expect(resolve([wants(URL), wants(WITHOUT_SUFFIX)], session, controller.signal)).rejects.toThrow(
      'enough',
    );
  });
});
