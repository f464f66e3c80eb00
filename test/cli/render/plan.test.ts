import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { planOutput } from '../../../src/cli/render/json-contract.ts';
import { planToJson } from '../../../src/cli/render/plan-json.ts';
import { renderPlan } from '../../../src/cli/render/plan-text.ts';
import { PLAIN, styleFor } from '../../../src/cli/render/style.ts';
import { visibleWidth } from '../../../src/cli/render/text.ts';
import type { Problem } from '../../../src/core/problem.ts';
import { imageResult, kept, report } from '../run-in-process.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

const problem: Problem = {
  application: { namespace: 'argocd', name: 'shop' },
  alias: 'web',
  code: 'annotation-invalid',
  key: 'argocd-image-updater.argoproj.io/web.update-strategy',
  value: 'smever',
  message: 'expected semver, newest-build, alphabetical or digest',
};

const mixed = report({
  applications: 2,
  images: [
    imageResult(),
    imageResult({
      alias: '',
      image: 'nginx',
      outcome: 'current',
      code: 'up-to-date',
      reason: 'up to date',
      candidate: undefined,
    }),
    imageResult({
      alias: 'web',
      outcome: 'failed',
      code: 'registry-denied',
      reason: 'ghcr.io said 403',
      current: undefined,
      candidate: undefined,
      writer: undefined,
      place: undefined,
      path: undefined,
      branch: undefined,
    }),
    imageResult({
      alias: 'w',
      outcome: 'updated',
      current: { name: undefined, tag: 'stable', digest: DIGEST },
      candidate: { tag: 'stable', digest: DIGEST },
    }),
  ],
  problems: [problem],
  failures: [{ code: 'applications-unreadable', message: 'apps/ cannot be read' }],
});

describe('the JSON of a plan', () => {
  it('keeps to its published contract', () => {
    expect(kept(planOutput, JSON.stringify(planToJson(mixed))).images).toHaveLength(4);
  });

  it('lists as changes what would be or was written, with where', () => {
    expect(planToJson(mixed).changes).toEqual([
      {
        application: 'shop',
        namespace: 'argocd',
        alias: 'api',
        image: 'ghcr.io/acme/api',
        code: 'newer-version',
        from: '1.2.3',
        to: '1.2.4',
        writer: 'git',
        remote: 'https://git.example/deploy.git',
        branch: 'main',
        path: 'shop/values.yaml',
        pullRequest: null,
      },
      expect.objectContaining({ alias: 'w', from: `stable@${DIGEST}`, to: `stable@${DIGEST}` }),
    ]);
  });

  it('lists every image with its outcome and reason, and every problem', () => {
    const { images, problems } = planToJson(mixed);
    expect(
      images.map(({ outcome, code, reason, current, candidate }) => [
        `${outcome} ${code}`,
        reason,
        current,
        candidate,
      ]),
    ).toEqual([
      ['update newer-version', '1.2.4 is the newest version that ^1 allows', '1.2.3', '1.2.4'],
      ['current up-to-date', 'up to date', '1.2.3', null],
      ['failed registry-denied', 'ghcr.io said 403', null, null],
      ['updated newer-version', expect.any(String) as unknown, `stable@${DIGEST}`, `stable@${DIGEST}`],
    ]);
    expect(problems).toEqual([
      {
        application: 'shop',
        namespace: 'argocd',
        code: 'annotation-invalid',
        key: problem.key,
        value: 'smever',
        message: problem.message,
      },
    ]);
  });

  it('has a branch of null where the default branch of the remote is meant and unknown', () => {
    expect(
      planToJson(report({ images: [imageResult({ branch: undefined, path: undefined })] })).changes[0],
    ).toMatchObject({
      branch: null,
      path: null,
    });
  });
});

it('shows a version without a tag as its digest, and none as null', () => {
  const current = { name: 'x', tag: undefined, digest: DIGEST };
  const [image] = planToJson(report({ images: [imageResult({ current, candidate: undefined })] })).images;
  expect(image).toMatchObject({ current: DIGEST, candidate: null });
});

describe('the text of a plan', () => {
  const lines = renderPlan(mixed, PLAIN).split('\n');

  it('has one line per image with outcome, versions and reason', () => {
    expect(lines.find((line) => line.startsWith('↑ update '))).toMatch(
      /argocd\/shop +api \(ghcr.io\/acme\/api\) +1\.2\.3 → 1\.2\.4 +1\.2\.4 is the newest/,
    );
    expect(lines.find((line) => line.startsWith('= current'))).toMatch(/ nginx +1\.2\.3 +up to date$/);
    expect(lines.find((line) => line.includes('ghcr.io said 403'))).toMatch(/^✗ failed/);
  });

  it('starts every column of the table at the same place', () => {
    const rows = lines.slice(0, 5);
    const column = rows[0]?.indexOf('REASON') ?? -1;
    expect(rows[1]?.slice(column)).toBe('1.2.4 is the newest version that ^1 allows');
    expect(rows[3]?.slice(column)).toBe('ghcr.io said 403');
  });

  it('has each warning with its image, and their number', () => {
    const warnings = [{ code: 'hold-without-effect', message: 'values.yaml, line 4: a\nb' }] as const;
    const images = [imageResult({ warnings }), imageResult({ alias: '', image: 'nginx', warnings })];
    const text = renderPlan(report({ images }), PLAIN);
    expect(text).toContain(
      '! warning  argocd/shop  api\n           values.yaml, line 4: a b\n! warning  argocd/shop  nginx\n',
    );
    expect(text).toMatch(/: 2 to update, 2 warnings$/m);
    expect(lines.some((line) => line.includes('warning'))).toBe(false);
  });

  it('shortens digests', () => {
    expect(lines.some((line) => line.includes('stable@sha256:abababababab…'))).toBe(true);
    expect(renderPlan(mixed, PLAIN)).not.toContain(DIGEST);
  });

  it.each([
    [{ action: 'open', url: undefined } as const, '; a pull request from updates would be opened'],
    [{ action: 'update', url: 'https://h/1' } as const, '; pull request https://h/1 would propose it'],
    [undefined, '; it would be pushed to updates'],
  ])('says where an update would go: %j', (pullRequest, text) => {
    const { place } = imageResult();
    const image = imageResult({
      branch: 'updates',
      place: place && { ...place, git: { ...place.git, push: 'updates' } },
      ...(pullRequest === undefined ? {} : { pullRequest }),
    });
    expect(renderPlan(report({ images: [image] }), PLAIN)).toContain(`${image.reason}${text}\n`);
  });

  it('names the place, the value and the remedy of a problem', () => {
    const at = lines.findIndex((line) => line.startsWith('! problem'));
    expect(lines[at]).toContain(`${problem.key} = "smever"`);
    expect(lines[at + 1]?.trim()).toBe(problem.message);
  });

  it('reports a problem once when it is the reason of an image', () => {
    const images = [
      imageResult({ outcome: 'failed', reason: `${problem.message}; and more`, problems: [problem] }),
    ];
    const text = renderPlan(report({ images, problems: [problem] }), PLAIN);
    expect(text.split(problem.message)).toHaveLength(2);
    expect(text).toContain('1 failed, 1 problem');
  });

  it('reports a problem that no image failed for, also when a reason has the same text in it', () => {
    const images = [imageResult({ outcome: 'failed', reason: `${problem.message}; and more` })];
    const text = renderPlan(report({ images, problems: [problem] }), PLAIN);
    expect(text.split(problem.message)).toHaveLength(3);
  });

  it('puts the reason on a line of its own where the terminal is too narrow for both', () => {
    const narrow = renderPlan(mixed, PLAIN, 80).split('\n');
    expect(narrow[0]).not.toContain('REASON');
    expect(narrow[1]).toMatch(/^↑ update .*1\.2\.3 → 1\.2\.4$/);
    expect(narrow[2]).toBe('           1.2.4 is the newest version that ^1 allows');
  });

  it('has an image whose line is too wide in lines of its own, and the others beside it in one', () => {
    const narrow = renderPlan(mixed, PLAIN, 60).split('\n');
    const at = narrow.findIndex((line) => line.startsWith('↑ updated'));
    expect(narrow.slice(at, at + 2)).toEqual([
      expect.stringMatching(/^↑ updated +argocd\//),
      expect.stringMatching(/^ {11}\S/),
    ]);
    expect(narrow).toContainEqual(expect.stringMatching(/^= current +argocd\/\S+ +nginx +1\.2\.3$/));
  });

  it.each([40, 60, 80, 100, 160])('runs over no edge and loses no word at %i columns', (width) => {
    const long = Array.from({ length: 30 }, (_, index) => `word${index}`).join(' ');
    const said = report({
      images: [
        ...mixed.images,
        imageResult({ reason: `${long} ${DIGEST}` }),
        imageResult({ image: `registry.example.com/${'deep/'.repeat(20)}api` }),
      ],
      problems: [problem, { ...problem, message: long }],
      failures: [{ code: 'applications-unreadable', message: long }],
    });
    const text = renderPlan(said, styleFor({ isTTY: true, write: () => true }, {}), width);
    expect(text.split('\n').filter((line) => visibleWidth(line) > width)).toEqual([]);
    const letters = (all: string): string => stripVTControlCharacters(all).replaceAll(/\s+/g, '');
    for (const each of [long, problem.message, ...mixed.images.map(({ reason }) => reason)])
      expect(letters(text)).toContain(letters(each));
  });

  it('reports failures that belong to no image', () => {
    expect(lines).toContainEqual(expect.stringMatching(/^✗ failed +apps\/ cannot be read$/));
  });

  it('ends with a summary and the costs', () => {
    expect(lines.at(-2)).toBe(
      '4 images in 2 Applications: 1 to update, 1 updated, 1 current, 1 failed, 1 problem, 1 failure',
    );
    expect(lines.at(-1)).toBe('3 registry requests, 1 git fetch, 0 git pushes, 0.3 s');
  });

  it('says how little there was when there was nothing', () => {
    expect(renderPlan(report({ applications: 0 }), PLAIN).split('\n')[0]).toBe('0 images in 0 Applications');
  });

  it('lets no text of foreign origin break a line or reach the terminal as a command', () => {
    const text = renderPlan(report({ images: [imageResult({ reason: 'said\n\u001B[2Jno' })] }), PLAIN);
    expect(text).not.toContain('\u001B');
    expect(text.split('\n')[1]).toMatch(/said \\u\{1b\}\[2Jno$/);
  });
});
