import { expect, test } from 'vitest';
import type { CycleReport } from '../../../src/core/report.ts';
import { git } from '../../helpers/git-world.ts';
import { areServed, NEIGHBOURS, PASSWORDS, type FenceWorld, type HostileApplication } from './fence-world.ts';

/** One thing that an attacker tries with one Application. */
export interface Attempt {
  /** What is tried, as part of a sentence. */
  readonly what: string;
  readonly by: HostileApplication;
  /** The code that each of its images or the Application ends with. */
  readonly ends: string;
  /** What is said about it: of a refusal what would allow it. */
  readonly says?: RegExp;
  /** Files of the shared remote that may change by it; none unless said. */
  readonly writes?: readonly string[];
  /** Branches `REMOTE BRANCH` that may be made or moved by it. */
  readonly pushes?: readonly string[];
}

/** The names of the Applications, in the order of the attempts: `a07`. */
export function namesOf(attempts: readonly Attempt[]): readonly string[] {
  return attempts.map((_, index) => `a${String(index).padStart(2, '0')}`);
}

export function applicationsOf(attempts: readonly Attempt[]): Readonly<Record<string, HostileApplication>> {
  const names = namesOf(attempts);
  return Object.fromEntries(attempts.map(({ by }, index) => [names[index] ?? '', by]));
}

/** What a cycle did, and what there was before it. */
export interface Observed {
  readonly world: FenceWorld;
  readonly report: CycleReport;
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

/** Runs a cycle, and keeps all refs of all remotes from before and after it. */
export async function observe(world: FenceWorld, remotes: readonly string[] = []): Promise<Observed> {
  const all = ['shared.git', ...remotes];
  const before = refsOf(world, all);
  const report = await world.run();
  return { world, report, before, after: refsOf(world, all) };
}

function refsOf({ root }: FenceWorld, remotes: readonly string[]): ReadonlyMap<string, string> {
  const lines = remotes.flatMap((remote) =>
    git(`${root}/${remote}`, ['for-each-ref', '--format=%(refname:strip=2) %(objectname)'])
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => {
        const [ref = '', sha = ''] = line.split(' ');
        return [`${remote} ${ref}`, sha];
      }),
  );
  return new Map(lines);
}

/** How the Application of an attempt ended: its codes, and everything that was said. */
export function endingOf(
  { report }: Observed,
  name: string,
): { readonly codes: string; readonly text: string } {
  const images = report.images.filter(({ application }) => application.name === name);
  const problems = report.problems.filter(({ application }) => application.name === name);
  const codes = images.length > 0 ? images.map(({ code }) => code) : problems.map(({ code }) => code);
  const text = [...images.map(({ reason }) => reason), ...problems.map(({ message }) => message)].join('\n');
  return { codes: [...new Set(codes)].toSorted().join(' '), text };
}

/** Files that differ between two commits of the shared remote. */
export function changedFiles({ world, before, after }: Observed, branch = 'main'): readonly string[] {
  const [from, to] = [before.get(`shared.git ${branch}`), after.get(`shared.git ${branch}`)];
  if (from === undefined || to === undefined || from === to) return [];
  const names = git(world.shared, ['diff', '--name-only', '-z', '--no-renames', from, to]);
  return names.split('\0').filter((name) => name !== '');
}

export function movedBranches({ before, after }: Observed): readonly string[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return [...all].filter((name) => before.get(name) !== after.get(name)).toSorted();
}

/** One test for each attempt, and those that hold for all of them together. */
export function expectAttempts(attempts: readonly Attempt[], observed: () => Observed): void {
  const names = namesOf(attempts);
  const written = attempts.flatMap(({ writes = [] }, index) =>
    writes.map((path) => path.replaceAll('<own>', names[index] ?? '')),
  );
  test.each(attempts.map((attempt, index) => [attempt.what, names[index] ?? '', attempt] as const))(
    '%s',
    (_what, name, { ends, says = /./, writes = [] }) => {
      const { codes, text } = endingOf(observed(), name);
      expect(codes, `${codes}: ${text}`).toMatch(new RegExp(`^(?:${ends})$`));
      expect(text).toMatch(says);
      expect(text).not.toMatch(/undefined|\[object|\bat .*\.ts:\d/);
      const changed = changedFiles(observed());
      for (const path of writes) expect(changed).toContain(path.replaceAll('<own>', name));
    },
  );

  test('the neighbours are updated in the same cycle', () => {
    const { world, report } = observed();
    const ended = report.images.filter(({ application }) =>
      NEIGHBOURS.some((name) => name === application.name),
    );
    expect(areServed(world, report), ended.map(({ reason }) => reason).join('\n')).toEqual(
      NEIGHBOURS.map((name) => [name, 'updated', 'written']),
    );
    expect(report.failures).toEqual([]);
  });

  test('no other file is changed, and no other branch is made, moved or deleted', () => {
    const good = NEIGHBOURS.map((name) => `${name}/values.yaml`);
    expect(changedFiles(observed()).toSorted()).toEqual([...good, ...written].toSorted());
    const pushed = attempts.flatMap(({ pushes = [] }, index) =>
      pushes.map((branch) => branch.replaceAll('<own>', names[index] ?? '')),
    );
    expect(movedBranches(observed())).toEqual(['shared.git main', ...pushed].toSorted());
  });

  test('no login reaches the attacker, a log line, an Event or a commit', () => {
    const { world, report } = observed();
    const events = world.kube.objects.list({ group: '', plural: 'events' });
    const told = [
      ...world.flow.logged,
      JSON.stringify(report),
      JSON.stringify(events),
      JSON.stringify(world.evil.seen),
      git(world.shared, ['log', '--all', '--format=%B']),
    ].join('\n');
    const given = world.evil.seen.map(({ headers }) => textOf(headers.authorization));
    expect(given.filter((login) => Object.values(PASSWORDS).some((text) => login.includes(text)))).toEqual(
      [],
    );
    expect(spellingsOfPasswords().filter((secret) => told.includes(secret))).toEqual([]);
  });
}

/** A login as it was before it was encoded. */
function textOf(authorization = ''): string {
  const [, encoded] = /^Basic (.*)$/i.exec(authorization) ?? [];
  return encoded === undefined ? authorization : Buffer.from(encoded, 'base64').toString();
}

function spellingsOfPasswords(): readonly string[] {
  return Object.values(PASSWORDS).flatMap((text) => [
    text,
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
    encodeURIComponent(text),
  ]);
}
