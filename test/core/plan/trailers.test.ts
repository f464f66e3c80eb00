import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { addTrailers } from '../../../src/core/plan/trailers.ts';

const OURS = ['Lynceus-Update: file=a key=b to=1', 'Lynceus-Update: file=a key=c to=1'];

/** What Git itself takes for the trailers of a message. */
function trailersOf(message: string): readonly string[] {
  const { stdout, status } = spawnSync('git', ['interpret-trailers', '--parse'], {
    input: message,
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stdout.split('\n').filter((line) => line !== '');
}

interface Row {
  readonly title: string;
  readonly message: string;
  readonly becomes: string;
  /** Other people's. */
  readonly theirs?: readonly string[];
}

const both = OURS.join('\n');

const ROWS: readonly Row[] = [
  { title: 'a subject alone', message: 'fix: update\n', becomes: `fix: update\n\n${both}\n` },
  { title: 'a body', message: 's\n\nupdates x\n', becomes: `s\n\nupdates x\n\n${both}\n` },
  {
    title: 'trailers of the template',
    message: 's\n\nbody\n\nSigned-off-by: Ada <ada@example.org>\n',
    becomes: `s\n\nbody\n\nSigned-off-by: Ada <ada@example.org>\n${both}\n`,
    theirs: ['Signed-off-by: Ada <ada@example.org>'],
  },
  {
    title: 'trailers of which one goes on',
    message: 's\n\nCloses: #1\n  #2\nTeam: x\n',
    becomes: `s\n\nCloses: #1\n  #2\nTeam: x\n${both}\n`,
    theirs: ['Closes: #1 #2', 'Team: x'],
  },
  {
    title: 'a signature among text',
    message: 's\n\nthank you\nSigned-off-by: Ada <ada@example.org>\n',
    becomes: `s\n\nthank you\nSigned-off-by: Ada <ada@example.org>\n${both}\n`,
    theirs: ['Signed-off-by: Ada <ada@example.org>'],
  },
  {
    title: 'a label that pretends to be a record',
    message: 's\n\nbuilt by\nLynceus-Update: file=a key=b to=9\n lynceus-release: file=a key=b\n',
    becomes: `s\n\nbuilt by\n\n${both}\n`,
  },
  {
    title: 'nothing but a pretence',
    message: 'Lynceus-Set: x\n',
    becomes: `build: update images\n\n${both}\n`,
  },
];

describe('addTrailers', () => {
  test.each(ROWS)('behind $title', ({ message, becomes, theirs = [] }) => {
    const added = addTrailers(message, OURS);
    expect(added).toBe(becomes);
    expect(trailersOf(added)).toEqual([...theirs, ...OURS]);
  });

  test('leaves a message alone when there is nothing to add', () => {
    expect(addTrailers('s\n\nbody\n', [])).toBe('s\n\nbody\n');
  });
});
