import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from '../../src/registries/oci/challenge.ts';
import { nextTarget } from '../../src/http/link.ts';

/** Header, and each challenge as its scheme and its parameters in order. */
const CHALLENGES: readonly (readonly [header: string, challenges: readonly (readonly string[])[]])[] = [
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"',
    [
      [
        'bearer',
        'realm=https://auth.docker.io/token',
        'service=registry.docker.io',
        'scope=repository:a/b:pull',
      ],
    ],
  ],
  ['Basic realm="a registry"', [['basic', 'realm=a registry']]],
  ['Basic', [['basic']]],
  ['basic realm=unquoted', [['basic', 'realm=unquoted']]],
  [
    'Bearer realm="https://a/?x=1,2", scope="a:b:pull,push", Basic realm="c"',
    [
      ['bearer', 'realm=https://a/?x=1,2', 'scope=a:b:pull,push'],
      ['basic', 'realm=c'],
    ],
  ],
  [
    'Basic realm="c", Bearer realm="d"',
    [
      ['basic', 'realm=c'],
      ['bearer', 'realm=d'],
    ],
  ],
  ['Negotiate, Basic realm="c"', [['negotiate'], ['basic', 'realm=c']]],
  ['NTLM dGhpcw==, Basic realm="c"', [['ntlm'], ['basic', 'realm=c']]],
  [
    'Digest realm="a \\"quoted\\" one", qop="auth,auth-int", Basic realm=""',
    [
      ['digest', 'realm=a "quoted" one', 'qop=auth,auth-int'],
      ['basic', 'realm='],
    ],
  ],
  ['Bearer realm = "a" , Realm="b"', [['bearer', 'realm=a']]],
  ['  ,, Bearer   realm="a",,  ', [['bearer', 'realm=a']]],
  ['Bearer error="insufficient_scope"', [['bearer', 'error=insufficient_scope']]],
  ['realm="no scheme"', []],
  ['', []],
  ['=broken=", Basic realm="x"', [['basic', 'realm=x']]],
  ['Bearer realm="never closed', [['bearer'], ['closed']]],
];

describe('a WWW-Authenticate header', () => {
  test.each(CHALLENGES)('%s', (header, expected) => {
    const found = parseChallenges(header).map(({ scheme, parameters }) => [
      scheme,
      ...[...parameters].map(([name, value]) => `${name}=${value}`),
    ]);

    expect(found).toEqual(expected);
  });

  test('never throws and never takes long, whatever it holds', () => {
    const piece = fc.constantFrom(
      'Bearer',
      'Basic',
      ' ',
      ',',
      '=',
      '"',
      '\\',
      'realm="x"',
      'a=b',
      '\t',
      '==',
      'ü',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 200 }).map((pieces) => pieces.join('')),
        ),
        (header) => {
          for (const { scheme } of parseChallenges(header)) expect(scheme).toBe(scheme.toLowerCase());
        },
      ),
      { numRuns: 1000 },
    );
    const begun = performance.now();
    for (const part of ['"', ',', 'a=', 'a="', '\\"', ' ', 'Bearer ']) parseChallenges(part.repeat(100_000));
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test('is understood as it was meant, however it is put together', () => {
    const name = fc.constantFrom('realm', 'service', 'scope');
    const value = fc.string({ maxLength: 20 }).map((text) => text.replace(/[^\x20-\x7e]/g, ''));
    const challenge = fc.record({
      scheme: fc.constantFrom('bearer', 'basic', 'negotiate'),
      parameters: fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key }),
    });
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 4 }), (challenges) => {
        const header = challenges
          .map(
            ({ scheme, parameters }) =>
              `${scheme} ${parameters.map(([key, text]) => `${key}="${text.replace(/(["\\])/g, '\\$1')}"`).join(', ')}`,
          )
          .join(', ');
        const found = parseChallenges(header).map(({ scheme, parameters }) => ({
          scheme,
          parameters: [...parameters],
        }));
        expect(found).toEqual(challenges);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a Link header', () => {
  test.each([
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', '/v2/a/tags/list?n=2&last=b'],
    ['</v2/a?x=1>; rel=next', '/v2/a?x=1'],
    ['</v2/a?x=1>; REL="NEXT"', '/v2/a?x=1'],
    ['</v2/a?x=1>; title="x"; rel="prev next"', '/v2/a?x=1'],
    ['</a>; rel="prev", </b>; rel="next"', '/b'],
    ['</a,b;c>; rel="next"', '/a,b;c'],
    ['/v2/a?x=1; rel="next"', '/v2/a?x=1'],
    ['</v2/a?x=1>', '/v2/a?x=1'],
    ['</a>; rel="prev"', undefined],
    ['<>; rel="next"', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (header, expected) => {
    expect(nextTarget(header)).toBe(expected);
  });

  test('never throws and never takes long, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(typeof nextTarget(header)).toMatch(/string|undefined/);
      }),
      { numRuns: 1000 },
    );
    const begun = performance.now();
    for (const part of ['<', ',<', ';', '; rel="', ' ', ', ', ';a=', ';a="";', '<>;', ',<>;a="'])
      nextTarget(part.repeat(100_000));
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
