import { describe, expect, test } from 'vitest';
import type { PlannedChange, ImageUpdate } from '../../../src/core/change.ts';
import type { GitPlace } from '../../../src/core/policy.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { UnchangedImage } from '../../../src/core/plan/conflicts.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import { makePlan, type PlanOptions } from '../../../src/core/plan/plan.ts';
import { aPlace, aPlaceAt, aTracked, anUpdate, type TrackedParts } from '../../helpers/policies.ts';
import { parseGitRemote } from '../../../src/core/git/remote.ts';

const PER_APPLICATION: PlanOptions = {
  commitPer: 'application',
  needsLabels: false,
  signOff: undefined,
  trailers: false,
  commitMessage: (changes) => changes.map(({ alias, to }: PlannedChange) => `${alias} ${to.tag}`).join(', '),
  branchName: (template, changes) => template.replace('{{x}}', changes.map(({ to }) => to.tag).join('-')),
};
const PER_REMOTE: PlanOptions = { ...PER_APPLICATION, commitPer: 'remote' };

function updateOf(parts: TrackedParts & { readonly app?: string; readonly to?: string } = {}): ImageUpdate {
  const { app = 'shop', to = '1.1.0', ...policy } = parts;
  const application = { namespace: 'argocd', name: app };
  return anUpdate({ application, ...policy }, { to: { tag: to, digest: undefined } });
}

/** An image that is not written, and keeps a version. */
function unchangedOf({
  app = 'other',
  keeps,
  ...policy
}: TrackedParts & { app?: string; keeps?: string } = {}): UnchangedImage {
  return { tracked: aTracked({ application: { namespace: 'argocd', name: app }, ...policy }), keeps };
}

function fileOf(app: string): { readonly kind: 'helm-values'; readonly path: string } {
  return { kind: 'helm-values', path: `apps/${app}/values.yaml` };
}

describe('makePlan', () => {
  test('nothing to write is an empty plan', () => {
    expect(makePlan([], PER_APPLICATION)).toEqual({ changeSets: [], applications: [], refused: [] });
  });

  test('fifty Applications of one branch make one change set of fifty commits', () => {
    const updates = Array.from({ length: 50 }, (_, index) =>
      updateOf({ app: `app-${index}`, file: fileOf(`app-${index}`) }),
    );

    const { changeSets } = makePlan(updates, PER_APPLICATION);

    expect(changeSets.map(({ commits }) => commits.length)).toEqual([50]);
  });

  test('all images of one Application go into one commit', () => {
    const slot = {
      kind: 'helm-parts',
      name: { path: 'w.name', explicit: true },
      tag: { path: 'w.tag', explicit: true },
    } as const;

    const { changeSets } = makePlan(
      [updateOf(), updateOf({ alias: 'web', image: 'ghcr.io/acme/web', slot, to: '3.0.0' })],
      PER_APPLICATION,
    );

    expect(changeSets[0]?.commits.map(({ message }) => message)).toEqual(['api 1.1.0, web 3.0.0']);
    expect(changeSets[0]?.commits[0]?.files).toHaveLength(1);
  });

  test('a commit for several Applications has one for each of them as its parts', () => {
    const updates = ['a', 'b'].map((app) => updateOf({ app, file: fileOf(app), to: `1.${app.length}.0` }));
    const apart = makePlan(updates, PER_APPLICATION).changeSets.flatMap(({ commits }) => commits);
    const [together] = makePlan(updates, PER_REMOTE).changeSets.flatMap(({ commits }) => commits);
    expect(together?.parts).toEqual(apart);
    expect(apart.map(({ parts }) => parts)).toEqual([undefined, undefined]);
  });

  test('on request everything for one branch is one commit', () => {
    const { changeSets } = makePlan(
      [updateOf({ app: 'a', file: fileOf('a') }), updateOf({ app: 'b', file: fileOf('b') })],
      PER_REMOTE,
    );

    expect(changeSets).toHaveLength(1);
    expect(changeSets[0]?.commits.map(({ applications }) => applications.map(({ name }) => name))).toEqual([
      ['a', 'b'],
    ]);
  });

  test.each([
    ['another remote', aPlaceAt('https://git.example/other.git')],
    ['another branch', aPlace({ base: 'staging' })],
    ['another push branch', aPlace({ push: 'updates' })],
    ['other credentials', aPlace({ credentials: { kind: 'secret', namespace: 'argocd', name: 'git' } })],
  ])('%s is another change set', (_name, place) => {
    const { changeSets } = makePlan(
      [updateOf({ app: 'a', file: fileOf('a') }), updateOf({ app: 'b', file: fileOf('b'), place })],
      PER_APPLICATION,
    );

    expect(changeSets).toHaveLength(2);
  });

  test('a branch template is rendered per Application', () => {
    const place = aPlace({ push: 'upd-{{x}}' });

    const { changeSets } = makePlan(
      [
        updateOf({ app: 'a', file: fileOf('a'), place }),
        updateOf({ app: 'b', file: fileOf('b'), place, to: '2.0.0' }),
      ],
      PER_APPLICATION,
    );

    expect(changeSets.map(({ pushBranch }) => pushBranch)).toEqual(['upd-1.1.0', 'upd-2.0.0']);
  });

  test('two images that want different versions at one place are both refused', () => {
    const plan = makePlan(
      [
        updateOf({ app: 'a' }),
        updateOf({ app: 'b', to: '2.0.0' }),
        updateOf({ app: 'c', file: fileOf('c') }),
      ],
      PER_APPLICATION,
    );

    expect(plan.refused.map(({ update }) => update.tracked.application.name)).toEqual(['a', 'b']);
    expect(plan.refused.map(({ reason }) => describeReason(reason))).toEqual(
      Array(2).fill(
        'several images want different versions at the same place, so none is written: argocd/a (api) wants 1.1.0, argocd/b (api) wants 2.0.0',
      ),
    );
    expect(plan.changeSets[0]?.commits.map(({ applications }) => applications[0]?.name)).toEqual(['c']);
  });

  test.each<readonly [string, Partial<GitPlace>, string]>([
    ['another base', { base: 'staging' }, 'from 2 bases'],
    [
      'other credentials',
      { credentials: { kind: 'secret', namespace: 'argocd', name: 'git' } },
      'with different credentials',
    ],
    [
      'another transport',
      { remote: parseGitRemote('ssh://git@git.example/acme/deploy') },
      'over https and ssh',
    ],
    [
      'a pull request',
      { pullRequest: { group: 'branch updates', kind: undefined } },
      'with and without a pull request',
    ],
  ])('one push branch and %s: neither is pushed, they would undo each other', (_, changes, difference) => {
    const place = aPlace({ push: 'updates' });
    const updates = [
      updateOf({ app: 'a', file: fileOf('a'), place }),
      updateOf({ app: 'b', file: fileOf('b'), place: { ...place, ...changes } }),
      updateOf({ app: 'c', file: fileOf('c'), place: aPlace({ push: 'others' }) }),
    ];

    const plan = makePlan(updates, PER_APPLICATION);

    const sentence = `"updates" is to be pushed ${difference}, so nothing is: give each its own branch in git-branch`;
    expect(plan.refused.map(({ reason }) => [reason.code, describeReason(reason)])).toEqual([
      ['conflicting-changes', sentence],
      ['conflicting-changes', sentence],
    ]);
    expect(plan.changeSets.map(({ pushBranch }) => pushBranch)).toEqual(['others']);
  });

  test("what others have for their base is nobody's push branch", () => {
    const place = aPlace({ push: 'staging' });
    const updates = [updateOf({ place })];

    expect(
      makePlan(updates, PER_APPLICATION, [
        unchangedOf({ place: aPlace({ base: 'staging' }), file: fileOf('b') }),
      ]).refused.map(({ reason }) => describeReason(reason)),
    ).toEqual([
      '"staging" is to be pushed as a branch beside "main", and is a base itself: name another branch in git-branch',
    ]);
    expect(makePlan(updates, PER_APPLICATION, [unchangedOf({ file: fileOf('b') })]).refused).toEqual([]);
  });

  test.each([
    ['tags[1]', 'tags[01]'],
    ['a.tags[0].x', 'a.tags[000].x'],
  ])('one key, written %s and %s, is one place', (one, other) => {
    const slot = (path: string) => ({
      kind: 'helm-parts' as const,
      name: { path: 'name', explicit: false, shared: true as const },
      tag: { path, explicit: true },
    });
    const plan = makePlan(
      [updateOf({ app: 'a', slot: slot(one) }), updateOf({ app: 'b', to: '2.0.0', slot: slot(other) })],
      PER_APPLICATION,
    );

    expect(plan.refused).toHaveLength(2);
  });

  test('a branch name that cannot be made refuses its Application and no other', () => {
    const place = aPlace({ push: 'upd-{{x}}' });
    const branchName = (): never => {
      throw new LynceusError('template-invalid', 'nothing is left');
    };

    const plan = makePlan([updateOf({ app: 'a', place }), updateOf({ app: 'b', file: fileOf('b') })], {
      ...PER_APPLICATION,
      branchName,
    });

    expect(plan.refused.map(({ reason, update }) => [reason.code, update.tracked.application.name])).toEqual([
      ['template-invalid', 'a'],
    ]);
    expect(plan.changeSets).toHaveLength(1);
  });

  test.each<readonly [string, Partial<GitPlace>]>([
    ['the same one', {}],
    ['one that is spelled otherwise', { remote: parseGitRemote('https://GIT.example:443/Acme/deploy/') }],
    ['the same one, pushed to another branch', { push: 'others' }],
  ])('a push branch of a remote, and %s: no clash', (_, changes) => {
    const place = aPlace({ push: 'updates' });
    const wanted = [
      updateOf({ app: 'a', file: fileOf('a'), place }),
      updateOf({ app: 'b', file: fileOf('b'), place: { ...place, ...changes } }),
    ];
    expect(makePlan(wanted, PER_APPLICATION).refused).toEqual([]);
  });

  describe('of Applications that share a commit', () => {
    const throwsFor =
      (...apps: readonly string[]) =>
      (changes: readonly PlannedChange[]): string => {
        const wrong = changes.find(({ application }) => apps.includes(application.name));
        if (wrong !== undefined)
          throw new LynceusError('template-invalid', `${wrong.application.name} has no label`);
        return changes.map(({ application }) => application.name).join(' ');
      };
    const place = aPlace({ push: 'upd-{{x}}' });
    const wanted = ['a', 'b', 'c'].map((app) => updateOf({ app, file: fileOf(app), place }));

    test.each<readonly [string, readonly string[], readonly string[]]>([
      ['none is faulty', [], ['a b c']],
      ['one is faulty', ['b'], ['a c']],
      ['two are faulty', ['a', 'c'], ['b']],
      ['all are faulty', ['a', 'b', 'c'], []],
    ])('%s: the others are written in one, and each that is refused says why', (_, faulty, messages) => {
      for (const options of [
        { ...PER_REMOTE, commitMessage: throwsFor(...faulty) },
        {
          ...PER_REMOTE,
          commitMessage: throwsFor(),
          branchName: (_template: string, changes: readonly PlannedChange[]) => {
            throwsFor(...faulty)(changes);
            return 'updates';
          },
        },
      ]) {
        const plan = makePlan(wanted, options);
        expect(plan.changeSets.flatMap(({ commits }) => commits.map(({ message }) => message))).toEqual(
          messages,
        );
        expect(
          plan.refused.map(({ update: { tracked }, reason }) => [
            tracked.application.name,
            reason.code,
            describeReason(reason),
          ]),
        ).toEqual(faulty.map((app) => [app, 'template-invalid', `${app} has no label`]));
      }
    });

    test('a fault that only all of them have together refuses all', () => {
      const commitMessage = (changes: readonly PlannedChange[]): string => {
        if (changes.length > 1) throw new LynceusError('template-invalid', 'too long');
        return 'update';
      };
      const plan = makePlan(wanted, { ...PER_REMOTE, commitMessage });
      expect(plan.refused.map(({ reason }) => describeReason(reason))).toEqual(Array(3).fill('too long'));
      expect(plan.changeSets).toEqual([]);
    });

    test('whatever is thrown is the fault of one', () => {
      const commitMessage = (changes: readonly PlannedChange[]): string => {
        if (changes.some(({ application }) => application.name === 'b'))
          throw new TypeError('x is undefined');
        return 'update';
      };
      const plan = makePlan(wanted, { ...PER_REMOTE, commitMessage });
      expect(
        plan.refused.map(({ update: { tracked }, reason }) => [tracked.application.name, reason.code]),
      ).toEqual([['b', 'internal']]);
      expect(plan.changeSets).toHaveLength(1);
    });
  });

  describe('what is taken back', () => {
    const rollback = { check: 'slo-errors', detail: '', commit: '3f2c1ab' };
    const back = (app: string, file = fileOf('one')) => ({
      ...updateOf({ app, to: '1.0.0', file }),
      rollback,
    });
    const RECORDED = { ...PER_APPLICATION, trailers: true };

    test('comes first, in a commit of its own with a record that names the check', () => {
      const [set, ...others] = makePlan(
        [
          updateOf({ app: 'a', file: fileOf('a') }),
          back('shop'),
          updateOf({ app: 'shop', alias: 'web', file: fileOf('web') }),
        ],
        RECORDED,
      ).changeSets;
      expect(others).toEqual([]);
      expect(
        set?.commits.map(({ message }) =>
          /^Lynceus-(\w+): app=(\w+).*?( check=\S+)?$/m.exec(message)?.slice(1),
        ),
      ).toEqual([
        ['Rollback', 'shop', ' check=slo-errors'],
        ['Update', 'a', undefined],
        ['Update', 'shop', undefined],
      ]);
    });

    test('is so for whoever shares its place, whatever these have or want', () => {
      const file = fileOf('one');
      const { changeSets, refused } = makePlan(
        [back('shop'), updateOf({ app: 'twin', to: '1.2.0', file })],
        PER_APPLICATION,
        [unchangedOf({ app: 'third', keeps: '1.1.0', file })],
      );
      expect(
        changeSets.flatMap(({ commits }) => commits.flatMap(({ applications }) => applications)),
      ).toEqual([{ namespace: 'argocd', name: 'shop' }]);
      expect(refused.map(({ update, reason }) => [update.tracked.application.name, reason.code])).toEqual([
        ['twin', 'conflicting-changes'],
      ]);
    });
  });

  test('two images that want the same version at one place are no conflict', () => {
    expect(makePlan([updateOf({ app: 'a' }), updateOf({ app: 'b' })], PER_APPLICATION).refused).toEqual([]);
  });

  const TAG = { path: 'image.tag', explicit: true };
  const parts = (name: string) =>
    ({ kind: 'helm-parts', name: { path: name, explicit: true }, tag: TAG }) as const;
  const WEB = 'ghcr.io/acme/web';

  test.each<readonly [string, UnchangedImage, boolean]>([
    ['has an older version at the place, and is content', unchangedOf({ keeps: '1.0.0' }), true],
    ['has the same version there', unchangedOf({ keeps: '1.1.0' }), false],
    [
      'has the same version there, in another spelling of its name',
      unchangedOf({ image: 'GHCR.io:443/acme/api', keeps: '1.1.0' }),
      false,
    ],
    ['has another version elsewhere', unchangedOf({ keeps: '1.0.0', file: fileOf('b') }), false],
    ['could not be decided', unchangedOf(), false],
    ['is another image at the same keys', unchangedOf({ image: WEB, keeps: '1.1.0' }), true],
    ['is another image at the same keys, undecided', unchangedOf({ image: WEB }), true],
    [
      'is another image that shares the key of the tag alone, and the tag',
      unchangedOf({ image: WEB, keeps: '1.1.0', slot: parts('web.repository') }),
      false,
    ],
    [
      'is another image that shares the key of the tag alone, and has another tag',
      unchangedOf({ image: WEB, keeps: '1.0.0', slot: parts('web.repository') }),
      true,
    ],
  ])('an image where another one %s', (_, other, refused) => {
    const plan = makePlan([updateOf()], PER_APPLICATION, [other]);

    expect(plan.refused.map(({ reason }) => reason.code)).toEqual(refused ? ['conflicting-changes'] : []);
    expect(plan.changeSets).toHaveLength(refused ? 0 : 1);
  });

  test('Applications of one name in two namespaces are two Applications', () => {
    const one = updateOf({ file: fileOf('one') });
    const other = {
      ...one,
      tracked: aTracked({ application: { namespace: 'team', name: 'shop' }, file: fileOf('two') }),
    };

    expect(makePlan([one, other], PER_APPLICATION).changeSets[0]?.commits).toHaveLength(2);
  });

  test('Applications that share a request have one branch, whatever a template makes of each', () => {
    const place = aPlace({ push: 'upd-{{x}}', pullRequest: { group: 'file values.yaml', kind: undefined } });
    const [one, other] = ['a', 'b'].map((app, index) =>
      updateOf({ app, place, file: fileOf(app), to: `1.${index}.0` }),
    );
    const apart = updateOf({
      app: 'c',
      place: aPlace({ push: 'upd-{{x}}' }),
      file: fileOf('c'),
      to: '2.0.0',
    });

    const { changeSets } = makePlan(
      [one, other, apart].flatMap((update) => update ?? []),
      PER_APPLICATION,
    );

    expect(changeSets.map(({ pushBranch, commits }) => [pushBranch, commits.length])).toEqual([
      ['upd-1.0.0-1.1.0', 2],
      ['upd-2.0.0', 1],
    ]);
  });

  test('the order of the input never matters', () => {
    const updates = ['c', 'a', 'b'].map((app) => updateOf({ app, file: fileOf(app) }));

    expect(makePlan([...updates].reverse(), PER_APPLICATION)).toEqual(makePlan(updates, PER_APPLICATION));
  });
});

describe('who signs off', () => {
  const signOff = 'Ada <ada@example.org>';
  test.each([
    { title: 'alone', trailers: false, message: 'update', becomes: `update\n\nSigned-off-by: ${signOff}\n` },
    {
      title: 'in one block with the records, and before them',
      trailers: true,
      message: 'update',
      becomes: `update\n\nSigned-off-by: ${signOff}\nLynceus-Update: `,
    },
    {
      title: 'once, when the template says it too',
      trailers: true,
      message: `update\n\nSigned-off-by: ${signOff}`,
      becomes: `update\n\nSigned-off-by: ${signOff}\nLynceus-Update: `,
    },
  ])('$title', ({ trailers, message, becomes }) => {
    const options = { ...PER_APPLICATION, signOff, trailers, commitMessage: () => message };
    const made = makePlan([updateOf()], options).changeSets[0]?.commits[0]?.message ?? '';
    expect(made.slice(0, becomes.length)).toBe(becomes);
    expect(made.match(/^\S*: /gm)).toHaveLength(trailers ? 2 : 1);
  });
});
