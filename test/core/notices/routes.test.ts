import { describe, expect, it } from 'vitest';
import { gather } from '../../../src/core/notices/gather.ts';
import { routesOf, type NoticeRoute } from '../../../src/core/notices/notice-route.ts';
import type { NoticeRequest } from '../../../src/core/notices/notice-request.ts';
import type { ImagePolicy } from '../../../src/core/policy.ts';
import type { ImageBasis, ImageResult } from '../../../src/core/report.ts';
import { aCycle, aViewer, anImage, failed, held, updated } from './reports.ts';

const ALL: NoticeRoute = {
  projects: [],
  namespaces: [],
  applications: [],
  images: [],
  when: [],
  atLeast: 'info',
  targets: [{ service: 'chat' }],
};

/** What the notices of an image ask for, and its AppProject. */
function asking(notify: readonly NoticeRequest[], project = 'default'): Pick<ImageResult, 'basis'> {
  const policy = { notify } as unknown as ImagePolicy;
  return { basis: { project, policy, reason: { code: 'no-tags', facts: {} } } satisfies ImageBasis };
}

/** Where the notices of one report go. */
function targetsOf(images: readonly ImageResult[], routes: readonly NoticeRoute[]): readonly string[] {
  return aViewer()
    .see(aCycle(images))
    .flatMap((one) => routesOf(one, routes))
    .map(({ observed, target, audience }) =>
      [observed.notice.kind, target.service, target.recipient ?? '-', audience].join(' '),
    );
}

describe('where a notice goes', () => {
  it.each<[string, Partial<NoticeRoute>, readonly string[]]>([
    ['everything', {}, ['updated', 'failing']],
    ['by kind', { when: ['failing', 'held'] }, ['failing']],
    ['by severity', { atLeast: 'error' }, ['failing']],
    ['by the name of the Application', { applications: ['sh*'] }, ['updated']],
    ['by its namespace', { namespaces: ['other'] }, []],
    ['by its project', { projects: ['payments'] }, ['failing']],
    ['by image repository', { images: ['ghcr.io/acme/*'] }, ['updated', 'failing']],
    ['by another image repository', { images: ['docker.io/**'] }, []],
  ])('%s', (_name, route, kinds) => {
    const images = [updated(), failed('git-denied', { app: 'cart', ...asking([], 'payments') })];
    expect(targetsOf(images, [{ ...ALL, ...route }])).toEqual(kinds.map((kind) => `${kind} chat - all`));
  });

  it('is each place once, whoever names it, and the configuration comes first', () => {
    const notify = [
      { service: 'chat', kinds: [] },
      { service: 'chat', recipient: '#team', kinds: ['updated'] },
      { service: 'mail', kinds: ['failing'] },
    ] as const;
    expect(targetsOf([updated(asking(notify))], [ALL, { ...ALL, when: ['updated'] }])).toEqual([
      'updated chat - all',
      'updated chat #team tenants',
    ]);
  });

  it('is the end of a failure wherever its beginning was', () => {
    const viewer = aViewer();
    viewer.see(aCycle([failed()]));
    const [end] = viewer.see(aCycle([anImage()]));
    expect(end && routesOf(end, [{ ...ALL, atLeast: 'error' }])).toHaveLength(1);
  });

  it('has another reason for tenants, and theirs alone', () => {
    const forTenants = { code: 'registry-failed', message: 'it cannot be reached' } as const;
    const image = failed('address-refused', { forTenants, ...asking([{ service: 'mail', kinds: [] }]) });
    const [observed] = aViewer().see(aCycle([image]));
    const [toAll, toTenants] = observed ? routesOf(observed, [ALL]) : [];
    expect(toAll?.observed.notice).toMatchObject({
      code: 'address-refused',
      reason: 'it is address-refused',
    });
    expect(toTenants?.observed.notice).toMatchObject({
      code: 'registry-failed',
      reason: 'it cannot be reached',
    });
    expect(JSON.stringify(toTenants?.observed.notice)).not.toContain('address-refused');
  });

  it('of a source that cannot be read is a route for everything', () => {
    const [observed] = aViewer().see(
      aCycle([], { failures: [{ code: 'config-invalid', message: 'no cluster' }] }),
    );
    expect(observed && routesOf(observed, [{ ...ALL, projects: ['*'] }])).toEqual([]);
    expect(observed && routesOf(observed, [ALL])).toHaveLength(1);
  });
});

/** The notices of one report as they are sent to `chat`. */
function sent(images: readonly ImageResult[], { isFirst = false, takesEach = false } = {}) {
  const routed = aViewer()
    .see(aCycle(images), { failingAfter: 1 })
    .flatMap((one) => routesOf(one, [ALL]));
  return gather(routed, { together: 10, isFirst, takesEach: () => takesEach }).map(
    ({ observed }) => observed.notice,
  );
}

const many = (count: number, of: (app: string) => ImageResult) =>
  Array.from({ length: count }, (_, index) => of(`app-${index}`));

describe('what has one cause', () => {
  it('is one notice that counts, and the neighbour has its own', () => {
    const down = many(500, (app) => failed('registry-unreachable', { app }));
    const [storm, other] = sent([...down, failed('git-denied', { app: 'neighbour' })]);
    expect(storm).toMatchObject({
      kind: 'failing',
      code: 'registry-unreachable',
      severity: 'error',
      extent: { applications: 500, images: 500 },
      reason: 'registry-unreachable (ghcr.io)',
    });
    expect(storm?.application).toBeUndefined();
    expect(storm?.images).toHaveLength(10);
    expect(storm?.images[0]?.application?.name).toBe('app-0');
    expect(other?.application?.name).toBe('neighbour');
  });

  it.each<[string, readonly ImageResult[], number]>([
    ['is as many notices where they are few', many(9, (app) => failed('registry-unreachable', { app })), 9],
    [
      'is apart by registry',
      [
        ...many(10, (app) => failed('registry-unreachable', { app })),
        ...many(10, (app) => failed('registry-unreachable', { app, image: 'quay.io/acme/api' })),
      ],
      2,
    ],
    [
      'is apart by code',
      [
        ...many(10, (app) => failed('git-denied', { app })),
        ...many(10, (app) => failed('git-failed', { app })),
      ],
      2,
    ],
    [
      'is one for one image that was pushed',
      many(20, (app) => updated({ app, commit: app.padEnd(40, '0') })),
      1,
    ],
  ])('%s', (_name, images, expected) => {
    expect(sent(images)).toHaveLength(expected);
  });

  it('is sent each to whom that is of use', () => {
    expect(
      sent(
        many(20, (app) => failed('git-denied', { app })),
        { takesEach: true },
      ),
    ).toHaveLength(20);
  });

  it('is one for each kind when nothing was known before', () => {
    const standing = [
      ...many(4, (app) => failed('git-denied', { app: `a${app}` })),
      ...many(4, (app) => failed('registry-denied', { app: `b${app}` })),
      ...many(4, (app) => held('pinned', { app: `c${app}` })),
      updated({ app: 'new' }),
    ];
    const notices = sent(standing, { isFirst: true });
    expect(notices.map(({ kind, extent }) => [kind, extent?.images])).toEqual([
      ['updated', undefined],
      ['failing', 8],
      ['held', 4],
    ]);
    expect(notices[1]?.reason).toBe('git-denied, registry-denied (git.example/deploy, ghcr.io)');
    expect(sent(standing)).toHaveLength(13);
  });
});
