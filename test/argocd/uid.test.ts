import { expect, test } from 'vitest';
import { parseApplication } from '../../src/argocd/parse-application.ts';

function parsed(uid: unknown): unknown {
  const source = { repoURL: 'https://git.example/a.git', path: 'shop' };
  return parseApplication(
    { metadata: { name: 'shop', namespace: 'argocd', uid }, spec: { source } },
    'cluster',
  );
}

test('the uid that the cluster gave an Application is kept', () => {
  expect(parsed('7e1c2f0a-3d43-4c7b-9a44-0c9c4b6a7f11')).toMatchObject({
    uid: '7e1c2f0a-3d43-4c7b-9a44-0c9c4b6a7f11',
  });
});

test.each([[undefined], [null], [''], [7], [{}]])(
  'an Application without a usable one (%j) has none',
  (uid) => {
    expect(parsed(uid)).not.toHaveProperty('uid');
  },
);
