import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lintOutput, testOutput, versionOutput } from '../../src/cli/render/json-contract.ts';
import { LynceusError } from '../../src/errors.ts';
import { fakeApp, kept, run } from './run-in-process.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-test-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const found = {
  image: 'ghcr.io/acme/api',
  strategy: 'semver',
  candidate: '1.4.2',
  digest: undefined,
  tagsSeen: 20,
  tagsConsidered: 12,
  requests: 2,
  reason: '1.4.2 is the newest version that ^1.4 allows',
  login: { identity: 'env:GHCR', why: 'named for this image' },
} as const;

describe('lynceus test', () => {
  const requests: readonly [readonly string[], Record<string, unknown>][] = [
    [
      ['ghcr.io/acme/api:^1.4'],
      {
        image: 'ghcr.io/acme/api:^1.4',
        strategy: 'semver',
        allowTags: undefined,
        ignoreTags: [],
        platforms: [],
        credentials: undefined,
      },
    ],
    [['ghcr.io/acme/api:1.0', '--semver-constraint', '~1.4'], { image: 'ghcr.io/acme/api:~1.4' }],
    [['localhost:5000/api', '--semver-constraint', '>=1 <2'], { image: 'localhost:5000/api:>=1 <2' }],
    [['api:1', '--semver-constraint', ''], { image: 'api' }],
    [
      [`localhost:5000/a/api:^1@sha256:${'0'.repeat(64)}`, '--semver-constraint', '2'],
      { image: 'localhost:5000/a/api:2' },
    ],
    [
      ['--ignore-tags', '*-rc*', '--ignore-tags', 'nightly', 'api'],
      { image: 'api', ignoreTags: ['*-rc*', 'nightly'] },
    ],
    [
      ['api', '--platforms', 'linux/amd64, linux/arm64', '--platforms', 'linux/arm/v7'],
      { platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'] },
    ],
    [
      ['api', '--order', 'numeric', '--allow-tags', 'regexp:-([0-9]+)$'],
      { order: 'numeric', allowTags: 'regexp:-([0-9]+)$' },
    ],
    [
      ['api', '--update-strategy', 'digest', '--allow-tags', 'regexp:^v', '--credentials', 'env:X'],
      { strategy: 'digest', allowTags: 'regexp:^v', credentials: 'env:X' },
    ],
  ];
  it.each(requests)('%j asks for %j', async (argv, expected) => {
    const { app, asked } = fakeApp({ testImage: async () => found });
    expect((await run(['test', ...argv], { app })).exitCode).toBe(0);
    expect(asked.tests[0]).toMatchObject(expected);
    expect(asked.closed).toBe(1);
  });

  it('prints its JSON contract', async () => {
    const { app } = fakeApp({ testImage: async () => ({ ...found, candidate: undefined }) });
    const output = kept(testOutput, (await run(['test', 'api', '-o', 'json'], { app })).stdout);
    expect(output).toMatchObject({
      candidate: null,
      digest: null,
      reason: '1.4.2 is the newest version that ^1.4 allows',
      tagsSeen: 20,
      tagsConsidered: 12,
      requests: 2,
      login: { identity: 'env:GHCR', why: 'named for this image' },
    });
  });

  it('says what was looked at and why nothing was found', async () => {
    const { app } = fakeApp({
      testImage: async () => ({ ...found, candidate: undefined, reason: 'no tag is a version' }),
    });
    const { stdout } = await run(['test', 'api', '--ignore-tags', 'x*'], { app });
    expect(stdout).toMatch(/Filters +ignore x\*/);
    expect(stdout).toMatch(/Login +env:GHCR, named for this image$/m);
    expect(stdout).toMatch(/Listed +20 tags, 12 left after the filters, 2 requests/);
    expect(stdout).toMatch(/Chosen +nothing/);
    expect(stdout).toMatch(/Because +no tag is a version/);
  });

  const failures: readonly [LynceusError, number][] = [
    [new LynceusError('registry-denied', 'ghcr.io said 403'), 1],
    [new LynceusError('registry-not-found', 'ghcr.io knows no such image'), 1],
    [new LynceusError('credentials-missing', 'the variable X is not set'), 1],
    [new LynceusError('usage-invalid', 'there is no update strategy "x"'), 2],
    [new LynceusError('constraint-invalid', '">>1" is no constraint'), 2],
    [new LynceusError('pattern-invalid', '"(" is no expression'), 2],
  ];
  it.each(failures)('fails with %s as %i', async (error, code) => {
    const { app, asked } = fakeApp({
      testImage: async () => {
        throw error;
      },
    });
    expect(await run(['test', 'api'], { app })).toEqual({
      exitCode: code,
      stdout: '',
      stderr: `lynceus: ${error.message}\n`,
    });
    expect(asked.closed).toBe(1);
  });
});

describe('lynceus lint', () => {
  const problem = {
    application: { namespace: 'argocd', name: 'shop' },
    alias: undefined,
    code: 'annotation-invalid',
    key: 'argocd-image-updater.argoproj.io/image-list',
    value: '',
    message: 'expected at least one image',
  } as const;

  it('exits with 0 when all is well', async () => {
    const { app, asked } = fakeApp({ lint: async () => ({ applications: 2, images: 3, problems: [] }) });
    const { exitCode, stdout } = await run(['lint', 'a', 'b'], { app });
    expect([exitCode, stdout]).toEqual([0, '✓ 3 images in 2 Applications: no problems\n']);
    expect(asked.configs[0]?.applications.paths).toEqual(['a', 'b']);
    expect(asked.closed).toBe(1);
  });

  it('exits with 0 beside warnings, and shows each, as text or JSON', async () => {
    const { application } = problem;
    const warnings = [
      { application, alias: 'web', image: 'acme/web', code: 'file-unread', message: 'v.yaml is not read' },
    ] as const;
    const { app } = fakeApp({ lint: async () => ({ applications: 1, images: 1, problems: [], warnings }) });
    const text = await run(['lint', 'a'], { app });
    expect([text.exitCode, text.stdout]).toEqual([
      0,
      '! warning  argocd/shop  web\n           v.yaml is not read\n\n✓ 1 image in 1 Application: no problems, 1 warning\n',
    ]);
    const json = await run(['lint', 'a', '-o', 'json'], { app });
    expect(kept(lintOutput, json.stdout).warnings).toEqual([
      {
        application: 'shop',
        namespace: 'argocd',
        alias: 'web',
        image: 'acme/web',
        code: 'file-unread',
        message: 'v.yaml is not read',
      },
    ]);
  });

  it('exits with 1 and reports every problem, as text or JSON', async () => {
    const { app } = fakeApp({ lint: async () => ({ applications: 1, images: 0, problems: [problem] }) });
    const text = await run(['lint', 'a'], { app });
    expect(text.exitCode).toBe(1);
    expect(text.stdout).toContain('argocd/shop  argocd-image-updater.argoproj.io/image-list\n');
    expect(text.stdout).toContain('0 images in 1 Application: 1 problem');
    const json = await run(['lint', 'a', '-o', 'json'], { app });
    expect(json.exitCode).toBe(1);
    expect(kept(lintOutput, json.stdout).problems).toHaveLength(1);
  });
});

describe('lynceus template', () => {
  const templated = async (text: string): Promise<Awaited<ReturnType<typeof run>>> => {
    const file = join(folder, 'commit.template');
    writeFileSync(file, text);
    return await run(['template', file]);
  };

  it('renders the built-in template when none is named', async () => {
    const { exitCode, stdout } = await run(['template']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^build: automatic update of example-app\n\nupdates image example\/example tag '1\.0\.0' to '1\.0\.1'\n/,
    );
  });

  it('renders the configured template', async () => {
    const config = join(folder, 'lynceus.yaml');
    writeFileSync(config, "git: { messageTemplate: 'chore: {{ .AppName }}' }\n");
    expect((await run(['template', '--config', config])).stdout).toBe('chore: example-app\n');
  });

  it('renders a template from a file', async () => {
    const { stdout } = await templated('{{ range .AppChanges }}{{ .Image }} {{ end }}');
    expect(stdout).toBe('example/example example/updater\n');
  });

  const wrong: readonly [string, string, RegExp][] = [
    ['does not end', 'one\n{{ range .AppChanges }}', /line 2, column \d+/],
    ['is no expression', '{{ . . }}', /line 1, column \d+/],
    ['names what there is not', 'x\n\n  {{ .Nothing }}', /line 3, column \d+.*Nothing/],
  ];
  it.each(wrong)('exits with 2 and the place for one that %s', async (_, text, message) => {
    const { exitCode, stdout, stderr } = await templated(text);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('exits with 2 for a file that is not there or is a folder', async () => {
    expect(await run(['template', join(folder, 'none')])).toMatchObject({
      exitCode: 2,
      stderr: `lynceus: there is no file ${join(folder, 'none')}\n`,
    });
    expect((await run(['template', folder])).exitCode).toBe(2);
  });
});

describe('lynceus lint, of what is not there', () => {
  it('exits with 2', async () => {
    const { exitCode, stdout, stderr } = await run(['lint', join(folder, 'nothing')]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('nothing');
  });
});

describe('lynceus version', () => {
  it('prints the version of package.json in three ways', async () => {
    const short = (await run(['version', '--short'])).stdout.trim();
    expect(short).toMatch(/^v\d+\.\d+\.\d+/);
    expect((await run(['--version'])).stdout.trim()).toBe(short);
    expect((await run(['version'])).stdout.split('\n')[0]).toBe(`lynceus: ${short}`);
    const json = kept(versionOutput, (await run(['version', '--output', 'json'])).stdout);
    expect(`v${json.version}`).toBe(short);
    expect(json.node).toBe(process.version);
  });
});

describe('lynceus completion', () => {
  const shells: readonly [string, readonly string[]][] = [
    ['bash', ['-n']],
    ['zsh', ['-n']],
    ['fish', ['--no-execute']],
  ];
  const present = shells.filter(([shell]) => isInstalled(shell));

  it.each(present)('prints a script that %s accepts', async (shell, check) => {
    const file = join(folder, `completion.${shell}`);
    writeFileSync(file, (await run(['completion', shell])).stdout);
    expect(() => execFileSync(shell, [...check, file])).not.toThrow();
  });

  it.each(shells)('for %s knows every command and its options', async (shell) => {
    const { stdout } = await run(['completion', shell]);
    for (const word of [
      'plan',
      'run',
      'test',
      'lint',
      'template',
      'demo',
      'version',
      'completion',
      'interval',
      'semver-constraint',
      'cache-file',
      'registries-conf-path',
    ]) {
      expect(stdout).toContain(word);
    }
  });

  const typed: readonly [string, readonly string[]][] = [
    ['lynceus pl', ['plan']],
    ['lynceus plan --out', ['--output']],
    ['lynceus plan --output j', ['json']],
    ['lynceus completion --h', ['--help']],
    ['lynceus completion z', ['zsh']],
    ['lynceus run --loglevel ', ['trace', 'debug', 'info', 'warn', 'error']],
    ['lynceus run --git-commit-method ', ['git', 'api']],
    ['lynceus test --update-strategy new', ['newest-build', 'newest-pushed']],
    ['lynceus test --order ', ['numeric', 'semver', 'calver']],
  ];
  it.each(typed)('completes "%s" in bash', async (words, expected) => {
    const script = (await run(['completion', 'bash'])).stdout;
    const parts = words.split(' ');
    const program = `${script}
COMP_WORDS=(${parts.map((part) => `'${part}'`).join(' ')}); COMP_CWORD=${parts.length - 1}; _lynceus; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(execFileSync('bash', ['-c', program], { encoding: 'utf8' }).trim().split('\n')).toEqual(expected);
  });
});

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
