import { expect, test } from 'vitest';
import { readRecords } from '../../../src/core/overrides/record.ts';
import { squashMessage } from '../../../src/core/pull-requests/squash-message.ts';

const RECORD = (key: string) => `Lynceus-Update: file=shop/values.yaml key=${key} from=1.0 to=1.1`;

test.each([
  { when: 'one commit', commits: [`update a\n\n${RECORD('a')}\n`], keys: ['a'] },
  {
    when: 'two commits, signed off',
    commits: [
      `update a\n\nSigned-off-by: Ada <ada@example.com>\n${RECORD('a')}\n`,
      `update b\n\nSigned-off-by: Ada <ada@example.com>\n${RECORD('b')}\n`,
    ],
    keys: ['a', 'b'],
  },
])('the message of a squash has the records of $when', ({ commits, keys }) => {
  const message = squashMessage('update shop\n\nfrom 1.0 to 1.1\n', commits) ?? '';
  expect(message).toMatch(/^update shop\n\nfrom 1\.0 to 1\.1\n\n/);
  expect(readRecords(message).map(({ key }) => key)).toEqual(keys);
  expect(message.match(/Signed-off-by/g) ?? []).toHaveLength(commits.length - 1);
});

test('without records the host may write its own', () => {
  expect(squashMessage('update shop', ['update shop\n'])).toBeUndefined();
  expect(squashMessage('update shop', [])).toBeUndefined();
});
