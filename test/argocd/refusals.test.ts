import { describe, expect, test } from 'vitest';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import { PREFIX } from '../helpers/annotations.ts';
import { anApplication, CONTEXT, readWeb } from './an-application.ts';
import { APPLICATION_REFUSALS, IMAGE_REFUSALS } from './refusal-rows.ts';

describe('what is refused', () => {
  /** Annotations, what is special, then key, value, code and line of the one problem. */
  test.each(IMAGE_REFUSALS)('%o with %o', (annotations, changes, key, value, code, line) => {
    const { images, refused, problems } = readWeb(annotations, changes);

    expect(images).toEqual([]);
    expect(refused).toMatchObject([{ alias: 'web', image: 'acme/web' }]);
    expect(problems).toMatchObject([
      { alias: 'web', code, key: PREFIX + key, value, message: expect.stringContaining(line) as string },
    ]);
    expect(refused[0]?.problems).toEqual(problems);
    expect(problems[0]?.message).toMatch(new RegExp(`^${key.replaceAll('.', '\\.')}: [^\\n]+$`));
  });

  test.each(APPLICATION_REFUSALS)(
    '%o with %o leaves every image alone',
    (annotations, changes, key, value, code, line) => {
      const { images, refused, problems } = readWeb(
        { 'image-list': 'web=acme/web:1.x, api=acme/api:1.x', ...annotations },
        changes,
      );

      expect(images).toEqual([]);
      expect(problems).toMatchObject([
        { alias: undefined, code, key, value, message: expect.stringContaining(line) as string },
      ]);
      expect(refused.map((one) => [one.alias, one.problems])).toEqual([
        ['web', problems],
        ['api', problems],
      ]);
      expect(JSON.stringify([refused, problems])).not.toContain('hunter2');
    },
  );

  test('one image with a fault leaves the others to go on', () => {
    const { images, refused, problems } = readWeb({
      'image-list': 'web=acme/web:1.x, api=acme/api:>>1, job=, db=acme/db',
      'db.allow-tags': 'nonsense',
    });

    expect(images.map(({ alias }) => alias)).toEqual(['web']);
    expect(refused.map(({ alias, image }) => [alias, image])).toEqual([
      ['api', 'acme/api'],
      ['job', 'job='],
      ['db', 'acme/db'],
    ]);
    expect(problems.map(({ alias, code }) => [alias, code])).toEqual([
      ['api', 'constraint-invalid'],
      ['job', 'annotation-invalid'],
      ['db', 'pattern-invalid'],
    ]);
  });

  test('all faults of an image are told at once', () => {
    const { refused } = readWeb({
      'web.update-strategy': 'x',
      'web.allow-tags': 'x',
      'web.force-update': 'x',
      'git-branch': '-',
    });

    expect(refused[0]?.problems.map(({ key }) => key.slice(PREFIX.length))).toEqual([
      'git-branch',
      'web.update-strategy',
      'web.allow-tags',
      'web.force-update',
    ]);
  });

  test.each([
    ['web=acme/web:1.x, web=acme/api:1.x', ['web', 'web']],
    ['a/b=acme/web:1.x, a_b=acme/api:1.x', ['a/b', 'a_b']],
  ])('an alias that is used twice is refused on both: %s', (list, aliases) => {
    const { images, refused } = readWeb({ 'image-list': `${list}, ok=acme/ok:1.x` });

    expect(refused.map(({ alias }) => alias)).toEqual(aliases);
    expect(refused.every(({ problems }) => problems[0]?.message.includes('every alias once'))).toBe(true);
    expect(images.map(({ alias }) => alias)).toEqual(['ok']);
  });

  test('one image under two aliases is fine', () => {
    const { images, problems } = readWeb({
      'image-list': 'a=acme/web:1.x, b=acme/web:2.x',
      'a.helm.image-tag': 'a.tag',
      'b.helm.image-tag': 'b.tag',
    });

    expect(problems).toEqual([]);
    expect(images.map(({ policy: { strategy } }) => strategy)).toEqual([
      { kind: 'semver', constraint: '1.x' },
      { kind: 'semver', constraint: '2.x' },
    ]);
  });

  test('without an image list there is nothing at all, whatever else is annotated', () => {
    const application = anApplication({ 'write-back-method': 'nonsense', 'web.foo': 'x' });

    expect(readPolicies(application, CONTEXT)).toEqual({ images: [], refused: [], problems: [] });
  });

  test.each(['', ' ', ',', ' ,\n, '])(
    'the image list %j is a problem of the Application, and the only one',
    (list) => {
      const { images, refused, problems } = readWeb({
        'image-list': list,
        'web.allow-tags': 'any',
        'git-branch': '-',
      });

      expect([images, refused]).toEqual([[], []]);
      expect(problems).toMatchObject([
        { key: `${PREFIX}image-list`, code: 'annotation-invalid', alias: undefined },
      ]);
    },
  );

  test.each([
    'web=https://me:hunter2@ghcr.io/acme/web',
    'web=https://me:hunter2@ghcr.io/acme/web:1,2.0',
    'my web=https://me:hunter2@ghcr.io/acme/web',
  ])('a login that somebody put into the image list is not repeated: %s', (list) => {
    const { refused, problems } = readWeb({ 'image-list': list });

    expect(problems).toHaveLength(1);
    expect(JSON.stringify([refused, problems])).not.toContain('hunter2');
  });

  test.each([
    ['value', { 'web.update-strategy': 'x'.repeat(100_000) }],
    ['key', { [`web${'.x'.repeat(200_000)}`]: 'x' }],
    ['image list', { 'image-list': `web=acme/web:1.x,${'x '.repeat(100_000)}` }],
  ])('a very long %s is cut in the problem', (_, annotations) => {
    const { problems } = readWeb(annotations);

    expect(problems.length).toBeGreaterThan(0);

    expect(JSON.stringify(problems).length).toBeLessThan(1500);
  });

  test('annotations of other tools, and names that every object has, are no business of ours', () => {
    const application = anApplication({ 'image-list': 'web=acme/web:1.x', 'constructor.allow-tags': 'any' });
    const annotations = {
      ...application.annotations,
      'example.com/web.foo': 'x',
      'argocd.argoproj.io/sync-wave': '1',
    };

    expect(readPolicies({ ...application, annotations }, CONTEXT).problems.map(({ key }) => key)).toEqual([
      `${PREFIX}constructor.allow-tags`,
    ]);
  });

  test('an unknown key belongs to the longest alias that it begins with', () => {
    const { images, refused } = readWeb({
      'image-list': 'a=acme/a:1.x, a.b=acme/b:1.x, c=acme/c:1.x',
      'a.helm.image-tag': 'a.tag',
      'c.helm.image-tag': 'c.tag',
      'a.b.alow-tags': 'any',
    });

    expect(images.map(({ alias }) => alias)).toEqual(['a', 'c']);
    expect(refused.map(({ alias }) => alias)).toEqual(['a.b']);
  });
});
