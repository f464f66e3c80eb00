import { describe, expect, test } from 'vitest';
import { createCycleFilter, type CycleFilter } from '../../src/app/cycle-scope.ts';
import { withoutOwnPushes, type OwnHeads } from '../../src/app/own-pushes.ts';
import { branchKey } from '../../src/core/identity/branch.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import { parseImageReference, repositoryOf } from '../../src/core/image/reference.ts';
import type { GitPlace } from '../../src/core/policy.ts';
import type { PushEvent } from '../../src/ports/tick.ts';
import type { Writer } from '../../src/ports/writer.ts';
import { repositoryNames } from '../../src/registries/repository-names.ts';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';
import { aPlace, aPlaceAt, aTracked } from '../helpers/policies.ts';

const HTTPS = 'https://git.example/acme/deploy.git';

function filterOf(pushes: readonly PushEvent[], endpoints: readonly RegistryEndpoint[] = []): CycleFilter {
  return createCycleFilter({ applications: [], pushes }, (one) => repositoryNames(endpoints, one));
}

function pushed(image: string): PushEvent {
  return { kind: 'image', repository: repositoryOf(parseImageReference(image)) };
}

function git(branch: string | undefined, ...urls: readonly string[]): PushEvent {
  return { kind: 'git', remotes: urls.map(parseGitRemote), branch };
}

describe('a push of an image is about', () => {
  const mirrored = anEndpoint('https://registry-1.docker.io', {
    prefix: 'docker.io',
    mirror: 'https://mirror.example/hub',
  });
  const named = anEndpoint('https://harbor.internal:8443', { prefix: 'registry.example' });
  const withDefault = anEndpoint('https://harbor.internal', {
    prefix: '',
    isDefault: true,
    defaultNamespace: 'base',
  });

  test.each<[string, string, string, readonly RegistryEndpoint[], boolean]>([
    ['the same name', 'ghcr.io/acme/api', 'ghcr.io/acme/api', [], true],
    ['another tag of it', 'ghcr.io/acme/api:2', 'ghcr.io/acme/api:1', [], true],
    ['a host in capitals', 'GHCR.io/acme/api', 'ghcr.io/acme/api', [], true],
    ['a host with the port of HTTPS', 'ghcr.io:443/acme/api', 'ghcr.io/acme/api', [], true],
    ['an official image', 'docker.io/library/nginx', 'nginx', [], true],
    ['another host of Docker Hub', 'index.docker.io/acme/api', 'acme/api', [], true],
    ['the mirror of Docker Hub', 'mirror.example/hub/library/nginx', 'nginx', [mirrored], true],
    ['what is mirrored', 'docker.io/library/nginx', 'nginx', [mirrored], true],
    ['the host of the API', 'harbor.internal:8443/acme/api', 'registry.example/acme/api', [named], true],
    [
      'the name of the registry, where the image has the host of the API',
      'registry.example/acme/api',
      'harbor.internal:8443/acme/api',
      [named],
      true,
    ],
    ['another image', 'ghcr.io/acme/api', 'ghcr.io/acme/web', [], false],
    ['a longer name', 'ghcr.io/acme/api', 'ghcr.io/acme/api/v2', [], false],
    ['a longer host', 'ghcr.io/acme/api', 'ghcr.io.example/acme/api', [], false],
    ['another port', 'registry.example:5000/acme/api', 'registry.example/acme/api', [], false],
    ['the same path elsewhere', 'quay.io/acme/api', 'ghcr.io/acme/api', [], false],
    ['the mirror without its path', 'mirror.example/library/nginx', 'nginx', [mirrored], false],
    ['a path in capitals', 'ghcr.io/acme/api', 'ghcr.io/acme/other', [mirrored, named, withDefault], false],
  ])('%s', (_, event, image, endpoints, expected) => {
    expect(filterOf([pushed(event)], endpoints).image(aTracked({ image }))).toBe(expected);
  });

  test('an image without a host, where the default registry has no name', () => {
    const repository = { registry: '', path: 'api' };
    const filter = filterOf([pushed('harbor.internal/base/api')], [withDefault]);
    expect(filter.image(aTracked({ repository }))).toBe(true);
    expect(filter.image(aTracked({ repository: { registry: '', path: 'web' } }))).toBe(false);
  });
});

describe('a push to a branch is about', () => {
  test.each<[string, PushEvent, GitPlace, boolean]>([
    ['what reads it', git('main', HTTPS), aPlace(), true],
    ['what reads it by SSH', git('main', HTTPS), aPlaceAt('git@git.example:acme/deploy'), true],
    ['what one of the URLs names', git('main', 'https://other.example/x', HTTPS), aPlace(), true],
    ['what is spelled in capitals', git('main', 'https://GIT.example/Acme/Deploy/'), aPlace(), true],
    ['any branch, where it is not known', git(undefined, HTTPS), aPlace(), true],
    ['what reads the default branch', git('trunk', HTTPS), aPlace({ base: 'HEAD' }), true],
    ['what pushes it', git('updates', HTTPS), aPlace({ push: 'updates' }), true],
    ['what pushes a template', git('updates-1', HTTPS), aPlace({ push: 'updates-{{.SHA256}}' }), true],
    ['nothing on another branch', git('dev', HTTPS), aPlace(), false],
    ['nothing on a branch in capitals', git('Main', HTTPS), aPlace(), false],
    ['nothing in another remote', git('main', 'https://git.example/acme/deploy-2'), aPlace(), false],
  ])('%s', (_, event, place, expected) => {
    expect(filterOf([event]).image(aTracked({ place }))).toBe(expected);
  });

  test('no image that is written to the live Application', () => {
    expect(
      filterOf([git(undefined, HTTPS)]).image(
        aTracked({ target: { method: 'application', at: 'spec.source', format: 'helm' } }),
      ),
    ).toBe(false);
  });
});

describe('a push of our own', () => {
  const OURS = 'a'.repeat(40);
  const THEIRS = 'b'.repeat(40);
  const main = aTracked();
  const other = aTracked({ alias: 'web', image: 'ghcr.io/acme/web', place: aPlace({ push: 'updates' }) });
  const elsewhere = aTracked({
    alias: 'far',
    image: 'ghcr.io/acme/far',
    place: aPlaceAt('https://git.example/acme/else'),
  });
  const own: OwnHeads = new Map();
  for (const branch of ['main', 'updates']) own.set(branchKey(aPlace(), branch), OURS);

  /** A remote with these heads; asked more than once for one remote it fails. */
  function writerWith(heads: Readonly<Record<string, string>> | Error): {
    writer: Writer;
    asked: () => number;
  } {
    let asked = 0;
    const session = {
      heads: () => {
        asked += 1;
        return heads instanceof Error
          ? Promise.reject(heads)
          : Promise.resolve({ default: 'main', commits: new Map(Object.entries(heads)) });
      },
      close: () => Promise.resolve(),
    };
    return { writer: { open: () => session as unknown as ReturnType<Writer['open']> }, asked: () => asked };
  }

  test.each<
    [string, readonly PushEvent[], Readonly<Record<string, string>> | Error, readonly string[], number]
  >([
    ['is still the head: nothing', [git('main', HTTPS)], { main: OURS }, [], 1],
    ['was followed by another: all of the branch', [git('main', HTTPS)], { main: THEIRS }, ['api', 'web'], 1],
    [
      'on two branches, one of which has moved',
      [git('main', HTTPS), git('updates', HTTPS)],
      { main: OURS, updates: THEIRS },
      ['web'],
      1,
    ],
    ['to a branch that is gone', [git('updates', HTTPS)], { main: OURS }, ['web'], 1],
    ['where the branch is not told', [git(undefined, HTTPS)], { main: OURS }, ['api', 'web'], 0],
    ['where the remote cannot be listed', [git('main', HTTPS)], new Error('down'), ['api', 'web'], 1],
    [
      'beside a push of an image of it',
      [git('main', HTTPS), pushed('ghcr.io/acme/api')],
      { main: OURS },
      ['api'],
      1,
    ],
    [
      'and a push to a remote that we never pushed to',
      [git('main', HTTPS), git('main', 'https://git.example/acme/else')],
      { main: OURS },
      ['far'],
      1,
    ],
  ])('%s', async (_, pushes, heads, expected, requests) => {
    const only = filterOf(pushes);
    const images = [main, other, elsewhere].filter(only.image);
    const { writer, asked } = writerWith(heads);
    const { signal } = new AbortController();
    const left = await withoutOwnPushes(images, { only, own, writer, signal });
    expect(left.map(({ alias }) => alias)).toEqual(expected);
    expect(asked()).toBe(requests);
  });
});
