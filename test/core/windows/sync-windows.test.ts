import { describe, expect, test } from 'vitest';
import { readProject } from '../../../src/argocd/parse-project.ts';
import type { AppProjects } from '../../../src/core/permissions/app-project.ts';
import { syncWindowsOf, type SyncDestination } from '../../../src/core/windows/sync-windows.ts';
import { LynceusError } from '../../../src/errors.ts';

const DESTINATION = { server: 'https://kubernetes.default.svc', name: '', namespace: 'shop-prod' };
const SHOP = { name: 'shop-web', project: 'production', destination: DESTINATION };
const EVERY = { kind: 'allow', schedule: '0 9 * * *', duration: '1h' };
const READ = { kind: 'allow', schedule: '0 9 * * *', duration: 3_600_000, timeZone: 'UTC' };

function known(...syncWindows: readonly unknown[]): AppProjects {
  const document = { metadata: { name: 'production' }, spec: { sourceRepos: ['*'], syncWindows } };
  const project = readProject(document);
  if (project === undefined) throw new Error('expected a project');
  return { kind: 'known', projects: new Map([['production', project]]) };
}

describe('the sync windows of an AppProject', () => {
  test.each<[string, object, boolean, Partial<SyncDestination>?]>([
    ['no list', {}, false],
    ['empty lists', { applications: [], namespaces: [], clusters: [] }, false],
    ['null', { applications: null }, false],
    ['the name', { applications: ['shop-web'] }, true],
    ['a glob of names', { applications: ['other', 'shop-*'] }, true],
    ['all names', { applications: ['*'] }, true],
    ['another name', { applications: ['shop'] }, false],
    ['the namespace that is deployed to', { namespaces: ['*-prod'] }, true],
    ['the namespace of the Application', { namespaces: ['argocd'] }, false],
    ['a server', { clusters: ['https://kubernetes.default.svc'] }, true],
    ['a glob of servers, over slashes', { clusters: ['https*'] }, true],
    ['another server', { clusters: ['in-cluster'] }, false],
    ['a name of a cluster', { clusters: ['in-*'] }, true, { server: '', name: 'in-cluster' }],
    ['a glob for an Application without a cluster', { clusters: ['*'] }, false, { server: '' }],
    ['one of the lists', { applications: ['other'], namespaces: ['shop-prod'] }, true],
    [
      'one of the lists with andOperator',
      { applications: ['other'], namespaces: ['shop-prod'], andOperator: true },
      false,
    ],
    [
      'all lists with andOperator',
      { applications: ['shop-*'], namespaces: ['shop-prod'], andOperator: true },
      true,
    ],
    ['its one list with andOperator', { namespaces: ['shop-prod'], andOperator: true }, true],
    ['no list with andOperator', { andOperator: true }, false],
  ])('are chosen by %s', (_, lists, chosen, destination = {}) => {
    const application = { ...SHOP, destination: { ...DESTINATION, ...destination } };
    expect(syncWindowsOf(application, known({ ...EVERY, ...lists }))).toEqual(chosen ? [READ] : []);
  });

  test.each([
    ['a time zone', { timeZone: 'Europe/Berlin' }, { timeZone: 'Europe/Berlin' }],
    ['a time zone that is not known, as UTC', { timeZone: 'Mars/Olympus' }, { timeZone: 'UTC' }],
    ['what concerns syncs alone', { manualSync: true, syncOverrun: true, description: 'x' }, {}],
    ['a short window', { duration: '30s' }, { duration: 30_000 }],
  ])('are read with %s', (_, changes, expected) => {
    const windows = syncWindowsOf(SHOP, known({ ...EVERY, applications: ['*'], ...changes }));
    expect(windows).toEqual([{ ...READ, ...expected }]);
  });

  test.each([
    [{ kind: 'Allow' }, 'expected the kind allow or deny, found "Allow"'],
    [{ kind: undefined }, 'expected the kind allow or deny, found ""'],
    [{ schedule: '0 9 * *' }, 'expected a cron expression of 5 fields'],
    [{ schedule: 'CRON_TZ=UTC 0 9 * * *' }, 'expected a cron expression of 5 fields'],
    [{ duration: '1d' }, 'expected a duration such as 1h, found "1d"'],
    [{ duration: 3600 }, 'expected a duration such as 1h, found ""'],
  ])('with %j hold what they are for, and nobody else', (changes, message) => {
    const projects = known(
      { ...EVERY, applications: ['shop-*'], ...changes },
      { ...EVERY, namespaces: ['*'] },
    );
    const broken = syncWindowsOf(SHOP, projects);
    expect(broken).toMatchObject({ code: 'sync-window-invalid' });
    expect(broken instanceof LynceusError ? broken.line : '').toContain(
      `the AppProject "production" has a sync window that cannot be read: ${message}`,
    );
    expect(syncWindowsOf({ ...SHOP, name: 'blog' }, projects)).toEqual([READ]);
  });

  test.each<[string, AppProjects, unknown]>([
    ['none where no AppProject is known', { kind: 'none' }, []],
    [
      'an error where AppProjects cannot be read',
      { kind: 'unreadable', why: 'no answer' },
      expect.objectContaining({ code: 'project-denied', retryable: true }) as unknown,
    ],
    ['none of another project', { kind: 'known', projects: new Map() }, []],
    ['none of a project without', known(), []],
  ])('are %s', (_, projects, expected) => {
    expect(syncWindowsOf(SHOP, projects)).toEqual(expected);
  });
});
