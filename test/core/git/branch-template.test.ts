import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderBranchName } from '../../../src/core/git/branch-template.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aChange, type ChangeParts } from '../plan/planned-changes.ts';
import { parseGitRemote } from '../../../src/core/git/remote.ts';

const TARGET = {
  remote: parseGitRemote('https://git.example/apps.git'),
  base: 'main',
  path: 'apps/shop/values.yaml',
};
const IMAGES = '{{range .Images}}-{{.Name}}-{{.NewTag}}{{end}}';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Row {
  readonly title: string;
  readonly template: string;
  readonly changes?: readonly ChangeParts[];
  readonly name: string;
}

const ROWS: readonly Row[] = [
  { title: 'plain text is meant as it is', template: 'image-updates', name: 'image-updates' },
  { title: 'plain text may have levels', template: ' team/image.updates-1 ', name: 'team/image.updates-1' },
  { title: 'images can be told', template: `upd${IMAGES}`, name: 'upd-acme/api-1.4.2' },
  {
    title: 'old tags and aliases can be told',
    template: '{{range .Images}}{{.Alias}}_{{.OldTag}}_{{.NewTag}}{{end}}',
    name: 'api_1.4.1_1.4.2',
  },
  {
    title: 'the hash is over name, old and new of every change in order',
    template: 'upd-{{.SHA256}}',
    changes: [{}, { image: 'acme/web', fresh: true, newTag: '2' }],
    name: `upd-${sha256('acme/api-1.4.1-1.4.2,acme/web--2,')}`,
  },
  {
    title: 'Application, namespace and target are always filled',
    template: '{{.AppNamespace}}/{{.AppName}}/{{.TargetKey}}',
    name: `argocd/shop/${sha256('git.example/apps|main|apps/shop/values.yaml').slice(0, 8)}`,
  },
  {
    title: 'several Applications are counted, namespaces that differ are left out',
    template: '{{.AppNamespace}}/{{.AppName}}',
    changes: [{ app: 'a' }, { app: 'b', namespace: 'other' }, { app: 'c' }],
    name: 'a-and-2-more',
  },
  {
    title: 'a digest loses its colon',
    template: `u${IMAGES}`,
    changes: [{ newDigest: 'sha256:7aa7' }],
    name: 'u-acme/api-sha256-7aa7',
  },
  { title: 'what Git forbids becomes one dash', template: '{{"a b~^:?*[\\\\c"}}', name: 'a-b-c' },
  { title: 'two dots become a dash', template: '{{"a..b...c"}}', name: 'a-b-c' },
  {
    title: 'no level starts with a dot or ends in .lock',
    template: '{{".a/.b.lock/c.lock.lock."}}',
    name: 'a/b/c',
  },
  { title: 'what a step lays open is seen', template: '{{"-.-/./x.lock./"}}', name: 'x' },
  { title: 'a reflog mark is taken apart', template: '{{"a@{1}"}}', name: 'a@-{1}' },
  { title: 'other letters stay', template: '{{"größe/日本"}}', name: 'größe/日本' },
  {
    title: 'a template may contain a colon, of which the name keeps nothing',
    template: 'a{{":"}}b',
    name: 'a-b',
  },
];

const REFUSED: readonly (readonly [template: string, message: RegExp])[] = [
  ['my branch', /"my branch" is no valid branch name; "my-branch" would be one/],
  ['-x', /no valid branch name/],
  ['', /no valid branch name/],
  ['HEAD', /no valid branch name/],
  ['x'.repeat(251), /no valid branch name/],
  ['{{""}}', /no usable name/],
  ['{{"HEAD"}}', /no usable name/],
  ['{{"//./"}}', /no usable name/],
  ['{{.AppNam}}', /template line 1, column 3: no field \.AppNam; there are/],
  ['a{{range .Images}}', /template line 1, column 19: {{range}} has no {{end}}/],
  [
    '{{range 1000}}{{printf "%100s" ""}}{{end}}',
    /^the branch template "\{\{range 1000.* more than 64 KiB of text/,
  ],
];

describe('renderBranchName', () => {
  test.each(ROWS)('$title', ({ template, changes = [{}], name }) => {
    expect(renderBranchName(template, changes.map(aChange), { target: TARGET })).toBe(name);
  });

  test.each(REFUSED)('%j is refused', (template, message) => {
    expect(() => renderBranchName(template, [aChange()], { target: TARGET })).toThrow(
      expect.objectContaining({ code: 'template-invalid', message: expect.stringMatching(message) }),
    );
  });

  test('a name that is too long is cut, valid, and still another one for other changes', () => {
    const changes = Array.from({ length: 40 }, (_, index) => aChange({ image: `acme/image-${index}` }));
    const name = renderBranchName(`upd${IMAGES}`, changes);
    const other = renderBranchName(`upd${IMAGES}`, [...changes, aChange()]);
    expect(name.slice(0, -9)).toBe(other.slice(0, -9));
    expect(name).toMatch(/^upd-acme\/image-0-1\.4\.2-.*-[0-9a-f]{8}$/);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(250);
    expect(name).not.toBe(other);
  });

  test('the target key differs between files, and between Applications when no file is known', () => {
    const key = (change: ChangeParts, target?: typeof TARGET) =>
      renderBranchName('k{{.TargetKey}}', [aChange(change)], { target });
    expect(
      new Set([key({}, TARGET), key({}, { ...TARGET, path: 'x' }), key({}), key({ app: 'cart' })]).size,
    ).toBe(4);
    expect(key({ app: 'cart' }, TARGET)).toBe(key({}, TARGET));
  });
});

describe('Git itself takes every name', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'branch-name-'));
    expect(spawnSync('git', ['init', '--quiet', folder]).status).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** One process reads them all and makes none of them; it stops at the first that is no ref. */
  function refusedAsRef(names: readonly string[]): string {
    const lines = names.map((name) => `start\ncreate refs/heads/${name} ${'0'.repeat(39)}1\nabort\n`);
    const { status, stderr } = spawnSync('git', ['update-ref', '--stdin'], {
      cwd: folder,
      input: lines.join(''),
      encoding: 'utf8',
    });
    return status === 0 ? '' : stderr;
  }

  function refusedAsBranch(name: string): boolean {
    return spawnSync('git', ['check-ref-format', '--branch', name], { cwd: folder }).status !== 0;
  }

  const piece = fc.oneof(
    fc.constantFrom(
      '.',
      '..',
      '/',
      '-',
      '@',
      '{',
      '@{',
      '.lock',
      ':',
      ' ',
      '~',
      '^',
      '?',
      '*',
      '[',
      '\\',
      '\u0000',
      '\u007f',
      'HEAD',
      'x',
      'é',
      '🚀',
      'refs/heads/',
    ),
    fc.string({ unit: fc.nat(0x10ffff).map((point) => String.fromCodePoint(point)), maxLength: 4 }),
    fc.string({ unit: fc.constantFrom('ab', '日', '.lock/'), minLength: 40, maxLength: 80 }),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));

  test('that a template makes, as `git update-ref` and `git check-ref-format --branch` say', () => {
    const names = new Set<string>();
    fc.assert(
      fc.property(text, (tag) => {
        let name: string;
        try {
          name = renderBranchName('{{range .Images}}{{.NewTag}}{{end}}', [aChange({ newTag: tag })]);
        } catch (error) {
          if (!(error instanceof LynceusError) || error.code !== 'template-invalid') throw error;
          return;
        }
        names.add(name);
      }),
      { numRuns: 1000 },
    );
    expect(names.size).toBeGreaterThan(400);
    expect([...names].filter((name) => Buffer.byteLength(name) > 250)).toEqual([]);
    const again = [...names].map((name) => renderBranchName('{{.AppName}}', [aChange({ app: name })]));
    expect(again).toEqual([...names]);
    expect(refusedAsRef([...names])).toBe('');
    const sample = [...names].filter((_, index) => index % 10 === 0);
    expect(sample.filter((name) => refusedAsBranch(name))).toEqual([]);
  });

  test('and the check itself refuses', () => {
    expect(refusedAsRef(['fine', 'a..b'])).toContain('invalid ref format: refs/heads/a..b');
    expect(['a..b', '-x', 'HEAD', 'x.lock', 'fine'].map(refusedAsBranch)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test('even the longest can be a branch on disc', () => {
    const name = renderBranchName('{{.AppName}}', [aChange({ app: 'x'.repeat(500) })]);
    const run = (...args: string[]) =>
      spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
    expect(run('commit', '--quiet', '--allow-empty', '-m', 'first').status).toBe(0);
    expect(run('branch', name)).toMatchObject({ status: 0, stderr: '' });
  });
});
