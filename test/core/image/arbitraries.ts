import fc from 'fast-check';
import type { ImageReference } from '../../../src/core/image/reference.ts';

/** One of the characters of a text. */
export function characters(text: string): fc.Arbitrary<string> {
  return fc.constantFrom(...text.split(''));
}

const alphanumeric = fc.string({ unit: characters('abcxyz019AZ'), minLength: 1, maxLength: 5 });

function joined(part: fc.Arbitrary<string>, separators: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(part, fc.array(fc.tuple(fc.constantFrom(...separators), part), { maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest.flat()].join(''));
}

const component = joined(alphanumeric, ['.', '_', '__', '-', '--']);
const port = fc.integer({ min: 1, max: 65_535 }).map((number) => `:${number}`);
const host = fc.oneof(
  fc
    .tuple(joined(alphanumeric, ['-']), fc.constantFrom('.io', '.example.org', ':5000', ':1'))
    .map((parts) => parts.join('')),
  fc
    .tuple(
      fc.constantFrom('localhost', '[::1]', '10.0.0.1', 'docker.io', 'index.docker.io'),
      fc.option(port, { nil: '' }),
    )
    .map((parts) => parts.join('')),
);
const tag = fc
  .tuple(characters('a1_Z'), fc.string({ unit: characters('a1_Z.-'), maxLength: 127 }))
  .map((parts) => parts.join(''));
const digest = fc
  .string({ unit: characters('0123456789abcdef'), minLength: 64, maxLength: 64 })
  .map((hex) => `sha256:${hex}`);

function path(first: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(first, fc.array(component, { maxLength: 3 }))
    .map(([head, rest]) => [head, ...rest].join('/'));
}

const name = fc.oneof(
  fc.record({ registry: host, name: path(component) }),
  // Without a host the first part must not look like one, unless it is the only part.
  fc.record({ registry: fc.constant(''), name: fc.oneof(component, path(joined(alphanumeric, ['_', '-']))) }),
);

/** Every kind of well-formed reference. */
export const imageReferences: fc.Arbitrary<ImageReference> = fc
  .tuple(name, fc.option(tag, { nil: undefined }), fc.option(digest, { nil: undefined }))
  .map(([image, version, pin]) => ({ ...image, tag: version, digest: pin }));

/** Text of every kind: noise, and what nearly is a reference, a platform, a pattern or a constraint. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: characters('ab1/:.@-_[]~^<>=!|*?{}()\\$+,#% \t\n\u0000\u202eé'), maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        'sha256:',
        'docker.io/',
        'localhost:5000/',
        'acme/web',
        ':1.2',
        '://',
        'secret:',
        'env:',
        'linux/',
        'regexp:',
        '>=1.2',
        ' || ',
        ' - ',
        '.x',
        '-rc.1',
        '0',
        '99999999999999999999',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
  imageReferences.map(({ registry, name: path_, tag: version }) => `${registry}/${path_}:${version ?? ''}`),
);
