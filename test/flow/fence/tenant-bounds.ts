import type { Attempt } from './attempt.ts';

const TOO_MUCH = 'limit-exceeded|template-invalid|annotation-invalid';
const NO_PATH = 'target-outside|target-unsupported';

function numbers(count: number): readonly number[] {
  return [...Array(count).keys()];
}

function branch(what: string, template: string): Attempt {
  return {
    what: `a branch named by ${what}`,
    by: { annotations: { 'git-branch': `main:${template}` } },
    ends: TOO_MUCH,
  };
}

function path(what: string, name: string): Attempt {
  return {
    what: `a new file ${what}`,
    by: {
      annotations: { 'write-back-target': `helmvalues:${name}` },
      source: { helm: { valueFiles: [name] } },
    },
    ends: NO_PATH,
  };
}

function folder(what: string, name: string): Attempt {
  return {
    what: `a source in a folder ${what}`,
    by: { annotations: { 'write-back-target': null }, source: { path: `<own>/${name}` } },
    ends: NO_PATH,
  };
}

function images(count: number): string {
  return numbers(count)
    .map((index) => `i${index}=registry.test/many/i${index}:^1`)
    .join();
}

/** Ways to ask for too much, and paths that git does not let into a clone. */
export const BOUNDS: readonly Attempt[] = [
  {
    what: 'a new file in its own folder',
    by: {
      annotations: { 'write-back-target': 'helmvalues:new/values.yaml' },
      source: { helm: { valueFiles: ['new/values.yaml'] } },
    },
    ends: 'first-write|newer-version',
    writes: ['<own>/new/values.yaml'],
  },
  {
    what: '101 images',
    by: { annotations: { 'image-list': images(101) } },
    ends: 'limit-exceeded',
    says: /limits\.images/,
  },
  {
    what: '1,000 images',
    by: { annotations: { 'image-list': images(1_000) } },
    ends: 'limit-exceeded',
    says: /100/,
  },
  {
    what: '10,000 times one image',
    by: {
      annotations: {
        'image-list': numbers(10_000)
          .map((index) => `i${index}=registry.test/acme/api`)
          .join(),
      },
    },
    ends: 'limit-exceeded',
  },
  {
    what: '11 remotes',
    by: {
      annotations: {
        'image-list': images(11),
        ...Object.fromEntries(
          numbers(11).map((index) => [`i${index}.git-repository`, `<git>/hostile/r${index}.git`]),
        ),
      },
    },
    ends: 'limit-exceeded',
    says: /limits\.remotes/,
  },
  {
    what: 'a list of 300 KB',
    by: { annotations: { 'image-list': `a=registry.test/${'a'.repeat(300_000)}` } },
    ends: 'limit-exceeded|reference-invalid|annotation-invalid',
  },
  {
    what: 'an expression of 20,000 parentheses',
    by: { annotations: { 'a.allow-tags': `regexp:${'('.repeat(20_000)}a${')'.repeat(20_000)}` } },
    ends: 'pattern-invalid|limit-exceeded|annotation-invalid',
  },
  {
    what: 'an expression that repeats itself',
    by: { annotations: { 'a.allow-tags': 'regexp:((a{0,1000}){0,1000}){0,1000}' } },
    ends: 'pattern-invalid|limit-exceeded|annotation-invalid',
  },
  {
    what: 'a constraint of 100,000 parts',
    by: { annotations: { 'image-list': `a=registry.test/acme/api:${'>1||'.repeat(100_000)}>1` } },
    ends: 'constraint-invalid|limit-exceeded|reference-invalid|annotation-invalid',
  },
  branch(
    'a text that doubles',
    '{{ $s := "aaaaaaaaaa" }}{{ range 60 }}{{ $s = printf "%s%s" $s $s }}{{ end }}x',
  ),
  branch(
    'a range over what doubles',
    '{{ $s := "ab" }}{{ range 30 }}{{ $s = print $s $s }}{{ range $s }}{{ $s = print $s "x" }}{{ end }}{{ end }}x',
  ),
  branch('a wide number', '{{ printf "%900000000d" 1 }}'),
  branch('a precise number', '{{ printf "%.900000000d" 1 }}'),
  branch(
    'loops in loops',
    '{{ range 100000 }}{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}{{ end }}x',
  ),
  branch('escapes of escapes', '{{ $s := "<<<<" }}{{ range 40 }}{{ $s = html $s $s }}{{ end }}x'),
  branch('queries of queries', '{{ $s := "%%%%%%%%" }}{{ range 400 }}{{ $s = urlquery $s $s }}{{ end }}x'),
  branch('quotes of quotes', '{{ $s := "q" }}{{ range 500 }}{{ $s = printf "%q%q" $s $s }}{{ end }}x'),
  branch('hexadecimal digits', '{{ $s := "q" }}{{ range 500 }}{{ $s = printf "%x%x" $s $s }}{{ end }}x'),
  branch('a million parentheses', `{{ ${'('.repeat(30_000)}1${')'.repeat(30_000)} }}`),
  branch(
    'comparisons of long texts',
    '{{ $s := "aaaaaaaa" }}{{ range 12 }}{{ $s = print $s $s }}{{ end }}{{ range 9000 }}{{ if eq $s (print $s) }}{{ end }}{{ end }}x',
  ),
  path("in git's folder", '.git/config.yaml'),
  path("in git's folder in capitals", '.GiT/hooks/values.yaml'),
  path("in git's folder by its short name", 'git~1/values.yaml'),
  path("in git's folder with a dot", '.git./values.yaml'),
  path("in git's folder with a space", '.git /values.yaml'),
  path("in git's folder with dots and spaces", '.git. . ./values.yaml'),
  path("in git's folder by a stream", '.git::$INDEX_ALLOCATION/values.yaml'),
  path("in git's folder with a letter that is not seen", '.g\u200cit/values.yaml'),
  path("in git's folder with another one", '.gi\u200dt/values.yaml'),
  path("in git's folder with a mark of order", '\ufeff.git/values.yaml'),
  path('with a backslash', 'x\\..\\..\\values.yaml'),
  path("in git's folder behind a backslash", 'x\\.git\\values.yaml'),
  path('with a part of 256 bytes', `${'a'.repeat(251)}.yaml`),
  path('with a part of 256 bytes in few letters', `${'ä'.repeat(126)}.yaml`),
  path('below 60 folders', `${'d/'.repeat(60)}values.yaml`),
  path('with half a letter', 'x\ud800/values.yaml'),
  path('with a line break', 'x\ny/values.yaml'),
  path('with an end of text', 'x\u0000/values.yaml'),
  {
    what: 'a new file in a linked folder',
    by: {
      annotations: { 'write-back-target': 'helmvalues:link/made.yaml' },
      source: { helm: { valueFiles: ['link/made.yaml'] } },
      files: { '<own>/link': { content: '../victim', mode: '120000' } },
    },
    ends: 'permission-denied|target-outside|target-unsupported',
  },
  {
    what: 'a new file at a link that leads nowhere yet',
    by: {
      annotations: { 'write-back-target': 'helmvalues:made.yaml' },
      source: { helm: { valueFiles: ['made.yaml'] } },
      files: { '<own>/made.yaml': { content: '../victim/made.yaml', mode: '120000' } },
    },
    ends: 'permission-denied|target-outside|target-unsupported|target-missing',
  },
  {
    what: 'an override file in a linked folder',
    by: {
      annotations: { 'write-back-target': null },
      source: { path: '<own>/link' },
      files: { '<own>/link': { content: '../victim', mode: '120000' } },
    },
    ends: 'permission-denied|target-outside|target-unsupported',
  },
  folder("that is git's", '.git'),
  folder("that is git's by its short name", 'GIT~1'),
  folder("that is git's with a space", '.git '),
  folder('with a part of 300 bytes', 'f'.repeat(300)),
  folder('below 100 others', 'd/'.repeat(100)),
];
