import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { Placeholder } from '../../src/core/policy.ts';
import { formatValue, parseValueTemplate, readValue } from '../../src/core/value-template.ts';
import { LynceusError } from '../../src/errors.ts';

const API = parseImageReference('ghcr.io/acme/api');
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('a value template', () => {
  test.each([
    ['{tag}', '1.2.3'],
    ['v-{tag}', 'v-1.2.3'],
    ['{tag}@{digest}', `1.2.3@${DIGEST}`],
    ['{digest}', DIGEST],
    ['{name}@{digest}', `ghcr.io/acme/api@${DIGEST}`],
    ['{digest}/{tag}', `${DIGEST}/1.2.3`],
    ['{name}:{tag}', 'ghcr.io/acme/api:1.2.3'],
    ['{registry}/{repository}:{tag}@{digest}', `ghcr.io/acme/api:1.2.3@${DIGEST}`],
    ['docker://{repository}:{tag}', 'docker://acme/api:1.2.3'],
    ['docker://{registry}/{repository}:{tag}', 'docker://ghcr.io/acme/api:1.2.3'],
    ['a:{registry}/{repository}:{tag}/@:b', 'a:ghcr.io/acme/api:1.2.3/@:b'],
    ['docker://{registry}/{repository}:{tag}@{digest}', `docker://ghcr.io/acme/api:1.2.3@${DIGEST}`],
    ['(.*) {tag} $', '(.*) 1.2.3 $'],
  ])('%s is %s, and back', (text, value) => {
    const template = parseValueTemplate(text);
    const to = { tag: '1.2.3', digest: text.includes('{digest}') ? DIGEST : undefined };

    expect(formatValue(template, undefined, { image: API, to })).toBe(value);
    expect(readValue(template, value)).toMatchObject(
      text.includes('{tag}') ? to : { tag: undefined, digest: DIGEST },
    );
  });

  test.each([
    ['', 'expected {tag}'],
    ['{name}', 'expected {tag} or {digest}'],
    ['{tag}{digest}', 'read back'],
    ['{repository}-{tag}', 'read back'],
    ['{tag}-{repository}', 'read back'],
    ['{tag}-{digest}', 'read back'],
    ['{name}.{tag}@{digest}', 'read back'],
    ['{tag}-{tag}', 'expected {tag} once'],
    ['{tg}', 'did you mean {tag}?'],
    ['{{tag}}', 'between { and }'],
    ['{tag', 'between { and }'],
    ['{name}/{repository}:{tag}', 'either {name} or'],
    ['{registry}:{tag}', '{repository} as well'],
    ['{tag}\n', 'on one line'],
  ])('%j is refused', (text, message) => {
    expect(() => parseValueTemplate(text)).toThrow(
      expect.objectContaining({
        code: 'annotation-invalid',
        line: expect.stringContaining(message) as string,
      }),
    );
  });

  test.each([
    ['v-{tag}', '1.2.3'],
    ['{tag}@{digest}', '1.2.3'],
    ['{tag}@{digest}', '1.2.3@sha256:abc'],
    ['{tag}', '.1'],
    ['{tag}', 'a b'],
    ['{name}:{tag}', 'acme/api'],
  ])('%s does not read %s', (text, value) => {
    expect(readValue(parseValueTemplate(text), value)).toBeUndefined();
  });

  test('a value that says the same image under another name stays', () => {
    const template = parseValueTemplate('{name}:{tag}');
    const change = { image: parseImageReference('nginx'), to: { tag: '1.2', digest: undefined } };

    expect(formatValue(template, 'docker.io/library/nginx:1.2', change)).toBe('docker.io/library/nginx:1.2');
    expect(formatValue(template, 'docker.io/library/nginx:1.1', change)).toBe('nginx:1.2');
  });

  test('whatever is accepted reads back what it wrote, for any image and any version', () => {
    const names = fc.constantFrom<Placeholder>('registry', 'repository', 'name', 'tag', 'digest');
    const literal = fc.stringMatching(/^[a-z.:@/_ (+$\\-]{0,3}$/);
    const templates = fc
      .tuple(fc.uniqueArray(names, { maxLength: 4 }), fc.array(literal, { minLength: 5, maxLength: 5 }))
      .map(([used, between]) =>
        between.map((text, index) => text + (used[index] ? `{${used[index]}}` : '')).join(''),
      );
    const images = fc
      .tuple(
        fc.stringMatching(/^[a-z0-9]{1,9}\.[a-z]{2}(:[1-9][0-9]{0,3})?$/),
        fc.stringMatching(/^[a-z0-9]{1,9}([._/-][a-z0-9]{1,9}){0,2}$/),
      )
      .map(([registry, name]) => ({ registry, name, tag: undefined, digest: undefined }));
    const versions = fc.record({
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
      digest: fc.oneof(
        fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
        fc
          .stringMatching(/^[a-z0-9]{1,5}([+._-][a-z0-9]{1,5})?:[A-Za-z0-9=_-]{32,40}$/)
          .filter((d) => !d.startsWith('sha')),
      ),
    });
    let accepted = 0;
    fc.assert(
      fc.property(templates, images, versions, (text, image, to) => {
        const template = (() => {
          try {
            return parseValueTemplate(text);
          } catch (error) {
            expect(error).toBeInstanceOf(LynceusError);
            return undefined;
          }
        })();
        if (template === undefined) return;
        accepted += 1;
        const value = formatValue(template, undefined, { image, to });
        const said = readValue(template, value);
        expect(said?.tag).toBe(text.includes('{tag}') ? to.tag : undefined);
        expect(said?.digest).toBe(text.includes('{digest}') ? to.digest : undefined);
        expect(formatValue(template, value, { image, to })).toBe(value);
        if (text.includes('{name}') || text.includes('{registry}'))
          expect(said?.name).toBe(`${image.registry}/${image.name}`);
      }),
      { numRuns: 4000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
