import { expect, test } from 'vitest';
import { indexHistory } from '../../../src/core/overrides/record-index.ts';
import { plainName, readPeerChanges } from '../../../src/core/overrides/peer-commit.ts';
import { aCommit } from './commits.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test.each([
  {
    when: 'one image',
    message: "build: automatic update of shop\n\nupdates image acme/api tag '1.4.1' to '1.4.2'\n",
    changes: ['shop acme/api 1.4.1 1.4.2'],
  },
  {
    when: 'two images, one that was not there and one by its digest',
    message: `build: automatic update of shop\n\nupdates image nginx tag '' to '1.27'\nupdates image acme/web tag 'main' to '${DIGEST}'\n`,
    changes: ['shop nginx - 1.27', `shop acme/web main ${DIGEST}`],
  },
  {
    when: 'a squash merge of two Applications',
    message:
      "Update images (#7)\n\n* build: automatic update of shop\r\n\r\nupdates image acme/api tag '1' to '2'\r\n\n* build: automatic update of cart\n\nupdates image acme/api tag '1' to '3'\n",
    changes: ['shop acme/api 1 2', 'cart acme/api 1 3'],
  },
  { when: 'a message of its own', message: 'bump acme/api to 1.4.2', changes: [] },
  { when: 'a subject alone', message: 'build: automatic update of shop\n', changes: [] },
  { when: 'a line without its subject', message: "updates image acme/api tag '1' to '2'", changes: [] },
  { when: 'nothing', message: '', changes: [] },
])('reads $when', ({ message, changes }) => {
  expect(
    readPeerChanges(message).map((one) =>
      [one.application, one.image, one.from ?? '-', one.to ?? '-'].join(' '),
    ),
  ).toEqual(changes);
});

test('an image of Docker Hub has one name', () => {
  expect(['library/nginx', 'nginx', 'acme/library/x'].map(plainName)).toEqual([
    'nginx',
    'nginx',
    'acme/library/x',
  ]);
});

test('a commit of ours with the same text is read by its records alone', () => {
  const ours = aCommit('update 1.4.1 -> 1.4.2', 1);
  const message = `build: automatic update of shop\n\nupdates image acme/api tag '1.4.1' to '1.4.2'\n\n${ours.message}`;
  const of = { application: 'shop', image: 'acme/api' };
  expect(indexHistory([{ ...ours, message }]).byPeer(of)).toEqual([]);
  const theirs = message.replace(/Lynceus-Update.*/, '');
  expect(indexHistory([{ ...ours, message: theirs }]).byPeer(of)).toMatchObject([
    { record: { kind: 'update', from: '1.4.1', to: '1.4.2' } },
  ]);
});
