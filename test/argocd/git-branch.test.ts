import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGitBranch } from '../../src/argocd/git-branch.ts';
import { LynceusError } from '../../src/errors.ts';
import { orRefused } from '../helpers/thrown.ts';

describe('parseGitBranch', () => {
  test.each([
    ['main', 'main', undefined],
    ['release/1.x', 'release/1.x', undefined],
    ['refs/heads/main', 'main', undefined],
    ['HEAD', 'HEAD', undefined],
    ['main:image-updates', 'main', 'image-updates'],
    ['main : image-updates', 'main', 'image-updates'],
    ['main:main', 'main', undefined],
    [':image-updates', undefined, 'image-updates'],
    ['main:upd-{{.SHA256}}', 'main', 'upd-{{.SHA256}}'],
    [':upd-{{.SHA256}}', undefined, 'upd-{{.SHA256}}'],
    [
      'main:upd{{range .Images}}-{{.Name}}-{{.NewTag}}{{end}}',
      'main',
      'upd{{range .Images}}-{{.Name}}-{{.NewTag}}{{end}}',
    ],
    ['main:{{ printf "%s:%s" .A .B }}', 'main', '{{ printf "%s:%s" .A .B }}'],
    ['main:{{ "}}:" }}-x', 'main', '{{ "}}:" }}-x'],
    ['main:{{ `\\` }}{{ ":" }}', 'main', '{{ `\\` }}{{ ":" }}'],
    ['main:{{ "a\\":b" }}', 'main', '{{ "a\\":b" }}'],
  ])('reads %j', (text, base, push) => {
    expect(parseGitBranch(text)).toEqual({ base, push });
  });

  test.each([
    ['main:a:b', 'one colon outside {{ }}'],
    ['main:{{.A}}:b', 'one colon outside {{ }}'],
    ['main:', 'the branch to push after the colon'],
    [':', 'the branch to push after the colon'],
    ['main:{{.SHA256', 'expected }} after {{'],
    ['main:x{{if .SHA256}}', 'a template for the branch to push'],
    ['main:x{{range 99999999}}y{{end}}', 'more than 10000 steps'],
    ['main:{{$x := "ab"}}{{range 64}}{{$x = print $x $x}}{{end}}', 'more than 64 KiB'],
    [
      'main:{{printf "%1000d%1000d%1000d" 1 2 3 | printf "%q%q%q%q" | printf "%1000s" | html | js }}{{range 99}}{{printf "%900d" 1}}{{end}}',
      'more than 64 KiB',
    ],
    ['main:{{nofunction .SHA256}}', 'a template for the branch to push'],
    ['main:{{ "}}', 'expected }} after {{'],
    ['{{.AppName}}', 'only the branch to push may be a template'],
    ['{{.AppName}}:x', 'only the branch to push may be a template'],
    ['-d', 'the name of a branch'],
    ['main:--force', 'the name of a branch'],
    ['a..b', 'the name of a branch'],
    ['a b', 'the name of a branch'],
    ['a\nb', 'the name of a branch'],
    ['main:x~1', 'the name of a branch'],
    ['main^', 'the name of a branch'],
    ['feature/*', 'the name of a branch'],
    ['main@{1}', 'the name of a branch'],
    ['/main', 'the name of a branch'],
    ['main/', 'the name of a branch'],
    ['main.lock', 'the name of a branch'],
    ['refs/heads/', 'the name of a branch'],
  ])('refuses %j', (text, line) => {
    expect(() => parseGitBranch(text)).toThrow(
      expect.objectContaining({
        code: 'annotation-invalid',
        message: expect.stringContaining(line) as string,
      }) as Error,
    );
  });

  test('no text makes it throw anything but a LynceusError', () => {
    const letter = fc.constantFrom('a', 'b', ':', '{', '}', '"', '`', "'", '\\', ' ', '-', '.');
    fc.assert(
      fc.property(fc.string({ unit: letter }), (text) => {
        const choice = orRefused(() => parseGitBranch(text));
        expect(choice instanceof LynceusError || (choice.base !== '' && choice.push !== '')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
