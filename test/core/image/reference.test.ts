import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatName,
  formatReference,
  formatRepository,
  parseConstrainedReference,
  parseImageReference,
  repositoryOf,
  sameRepository,
} from '../../../src/core/image/reference.ts';
import {
  BROKEN_REFERENCES,
  CONSTRAINED,
  DIGEST,
  REFERENCES,
  REPOSITORIES,
} from '../../fixtures/core/references.ts';
import { caught, refusal } from '../../helpers/thrown.ts';
import { anyText, characters, imageReferences } from './arbitraries.ts';

const RUNS = { numRuns: 1000 };

describe('parseImageReference', () => {
  it.each(REFERENCES.map((row) => [row] as const))('reads %j', ([text, registry, name, tag, digest]) => {
    expect(parseImageReference(text)).toEqual({ registry, name, tag, digest });
  });

  it.each(BROKEN_REFERENCES)('refuses %j', (text, says) => {
    const error = caught(() => parseImageReference(text));
    expect(error.code).toBe('reference-invalid');
    expect(error.line).toMatch(says);
    expect(error.line).not.toContain('hunter2');
    expect(error.line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(error.hint).toBeDefined();
    expect(error.line.length).toBeLessThan(500);
  });

  it('reads back every reference that it formats', () => {
    fc.assert(
      fc.property(imageReferences, (reference) => {
        expect(parseImageReference(formatReference(reference))).toEqual(reference);
      }),
      RUNS,
    );
  });

  it('gives back the very text that it accepts, and throws nothing but its own error', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const error = refusal(() => {
          expect(formatReference(parseImageReference(text))).toBe(text.trim());
        });
        expect([undefined, 'reference-invalid']).toContain(error?.code);
      }),
      RUNS,
    );
  });

  it.each(['a', '/', '.', '-', '_', ':', '@', '[', 'a/', 'a.', 'a-', 'a_', '://', 'a:', '@a'])(
    'takes time in proportion to %j repeated up to the longest text',
    (unit) => {
      const text = unit.repeat(Math.floor(4096 / unit.length));
      const start = performance.now();
      for (const suffix of ['', '!', '/x', ':1', `@${DIGEST}`]) {
        refusal(() => parseImageReference(`${text.slice(0, 4096 - suffix.length)}${suffix}`));
      }
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );
});

describe('parseConstrainedReference', () => {
  it.each(CONSTRAINED)('reads the item %j', (text, registry, name, constraint) => {
    const image = { registry, name, tag: undefined, digest: undefined };
    expect(parseConstrainedReference(text)).toEqual({ image, constraint, digest: undefined });
    const pinned = parseConstrainedReference(`${text}@${DIGEST}`);
    expect(pinned).toEqual({ image: { ...image, digest: DIGEST }, constraint, digest: DIGEST });
  });

  it.each(BROKEN_REFERENCES.filter(([, says]) => !says.source.includes('a tag of')))(
    'refuses the item %j',
    (text, says) => {
      expect(caught(() => parseConstrainedReference(text)).line).toMatch(says);
    },
  );

  it('finds the image and the constraint whatever stands in the place of the tag', () => {
    const constraint = fc.string({ unit: characters('0123456789.x*<>=!~^|, -rcv'), minLength: 1 });
    fc.assert(
      fc.property(imageReferences, constraint, ({ registry, name }, wanted) => {
        const read = parseConstrainedReference(`${formatName({ registry, name })}:${wanted}`);
        expect(read.image).toEqual({ registry, name, tag: undefined, digest: undefined });
        expect(read.constraint).toBe(wanted.trim());
      }),
      RUNS,
    );
  });

  it('throws nothing but its own error', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const error = refusal(() => {
          parseConstrainedReference(text);
        });
        expect([undefined, 'reference-invalid']).toContain(error?.code);
      }),
      RUNS,
    );
  });
});

describe('repositoryOf', () => {
  const spellings = REPOSITORIES.flatMap(([canonical, texts]) =>
    texts.map((text) => [text, canonical] as const),
  );

  it.each(spellings)('knows %j as %s', (text, canonical) => {
    expect(formatRepository(repositoryOf(parseImageReference(text)))).toBe(canonical);
  });

  it('tells any two spellings apart exactly when their canonical names differ', () => {
    for (const [left, leftName] of spellings) {
      for (const [right, rightName] of spellings) {
        const same = sameRepository(parseImageReference(left), parseImageReference(right));
        expect(same, `${left} and ${right}`).toBe(leftName === rightName);
      }
    }
  });

  it.each([
    ['nginx', 'mirror.corp', 'mirror.corp/nginx'],
    ['library/nginx', 'mirror.corp', 'mirror.corp/library/nginx'],
    ['nginx', 'MIRROR.corp:5000', 'mirror.corp:5000/nginx'],
    ['nginx', 'MIRROR.corp:443', 'mirror.corp/nginx'],
    ['nginx', 'index.docker.io', 'docker.io/library/nginx'],
    ['web', 'docker.io/acme', 'docker.io/acme/web'],
    ['docker.io/nginx', 'mirror.corp', 'docker.io/library/nginx'],
    ['ghcr.io/nginx', 'mirror.corp', 'ghcr.io/nginx'],
    ['nginx', '', 'nginx'],
    ['library/nginx', '', 'library/nginx'],
    ['docker.io/nginx', '', 'docker.io/library/nginx'],
  ])('sends %j to the default registry %s as %s', (text, defaultRegistry, canonical) => {
    expect(formatRepository(repositoryOf(parseImageReference(text), defaultRegistry))).toBe(canonical);
  });

  it('is one image with and without its host, where the default registry is a part of that host', () => {
    const short = repositoryOf(parseImageReference('web'), 'Harbor.corp/acme');

    expect(short).toEqual(repositoryOf(parseImageReference('harbor.corp/acme/web')));
  });

  it('gives a name that is its own canonical name', () => {
    fc.assert(
      fc.property(imageReferences, (reference) => {
        const repository = repositoryOf(reference);
        expect(repositoryOf(parseImageReference(formatRepository(repository)))).toEqual(repository);
      }),
      RUNS,
    );
  });
});
