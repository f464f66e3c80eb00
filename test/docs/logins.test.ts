import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseCredentialSpec } from '../../src/core/credential-spec.ts';
import { load } from '../config/given.ts';

const PAGE = readFileSync(new URL('../../docs/logins.md', import.meta.url), 'utf8');

/** The ways to name a login, with whether the page allows them in annotations. */
const WAYS = [...PAGE.matchAll(/^\| `((?:env|ext|secret|pullsecret|github-app):\S+)` \|.*\| (yes|no) \|$/gm)];

describe('docs/logins.md', () => {
  test('names ways that can be written as they stand there', () => {
    expect(new Set(WAYS.map(([, way = '']) => parseCredentialSpec(way).kind))).toEqual(
      new Set(['env', 'ext', 'secret', 'pullsecret', 'github-app']),
    );
    expect(WAYS).toHaveLength(7);
  });

  test('has registry entries that work', () => {
    const blocks = [...PAGE.matchAll(/```conf\n([^]*?)```/g)];

    expect(
      blocks.map(([, registriesText = '']) => load({ registriesText }).registries[0]?.credentials),
    ).toEqual([{ kind: 'github-app', at: { kind: 'secret', namespace: 'argocd', name: 'github-app' } }]);
  });
});
