import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ImageChange } from '../../src/core/change.ts';
import type { FileTarget } from '../../src/core/policy.ts';
import { editFile } from '../../src/edits/index.ts';

interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly forcestring?: boolean;
  readonly forceString?: boolean;
}

const NAMES = ['image.tag', 'image.name', 'replicas', 'debug', 'a.b[0].c'];
const value = fc.constantFrom('v1', '1.20', 'on', '3', 'acme/api', 'x y', "it's");

function parameterNamed(name: string): fc.Arbitrary<Parameter> {
  // A name where a tag belongs is refused: other-part.test.ts.
  const texts = name === 'image.tag' ? value.filter((text) => text !== 'acme/api') : value;
  return fc.oneof(
    texts.map((text) => ({ name, value: text })),
    fc.tuple(texts, fc.boolean()).map(([text, forcestring]) => ({ name, value: text, forcestring })),
    fc.tuple(texts, fc.boolean()).map(([text, forceString]) => ({ name, value: text, forceString })),
  );
}

const lists = fc.shuffledSubarray(NAMES).chain((names) => fc.tuple(...names.map(parameterNamed)));

const inheritedLists = fc
  .shuffledSubarray(['debug', 'replicas', 'own', 'zeta'])
  .map((names) => names.map((name) => ({ name, value: 'app', forceString: true })));

const files = fc.record({
  parameters: lists,
  isFlow: fc.boolean(),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  head: fc.constantFrom('', '# hand-made\n', '---\n'),
  tail: fc.constantFrom('', '  releaseName: x # keep\n', '\n# end\n', 'other: [1, 2]\n'),
});

function write({
  parameters,
  isFlow,
  lineEnd,
  head,
  tail,
}: typeof files extends fc.Arbitrary<infer T> ? T : never): string {
  const items = parameters.map((parameter) => JSON.stringify(parameter));
  const blocks = parameters.map((parameter) => {
    const [first = '', ...rest] = Object.entries(parameter).map(
      ([key, said]) => `${key}: ${JSON.stringify(said)} # ${key}`,
    );
    return [`  - ${first}`, ...rest.map((line) => `    ${line}`), ''].join('\n');
  });
  const isInline = isFlow || parameters.length === 0;
  const list = isInline ? `  parameters: [${items.join(', ')}]\n` : `  parameters:\n${blocks.join('')}`;
  return `${head}helm:\n${list}${tail}`.replaceAll('\n', lineEnd);
}

interface Wanted {
  readonly tag: string;
  readonly inherited: (typeof inheritedLists extends fc.Arbitrary<infer T> ? T : never) | readonly [];
}

/** The list after the edit, said once more on plain data. */
function expected(parameters: readonly Parameter[], { tag, inherited }: Wanted): readonly unknown[] {
  const present = parameters.find(({ name }) => name === 'image.tag');
  const named = parameters.find(({ name }) => name === 'image.name');
  const isNamed = named === undefined ? present !== undefined : named.value === 'acme/api';
  if (present?.value === tag && isNamed) return parameters;
  const changed = parameters.map((parameter) => {
    if (parameter === present && present.value !== tag) return forced(parameter, tag);
    return parameter === named && !isNamed ? forced(parameter, 'ghcr.io/acme/api') : parameter;
  });
  const ours: Parameter[] = [];
  if (!isNamed && named === undefined)
    ours.push({ name: 'image.name', value: 'ghcr.io/acme/api', forcestring: true });
  if (present === undefined) ours.push({ name: 'image.tag', value: tag, forcestring: true });
  const rest = inherited
    .filter(({ name }) => !parameters.some((parameter) => parameter.name === name))
    .map(({ name, value: text, forceString }) => ({ name, value: text, forcestring: forceString }));
  const added = [...ours, ...rest];
  if (parameters.length > 0) return [...changed, ...added];
  return added.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function forced(parameter: Parameter, text: string): Parameter {
  const key = 'forceString' in parameter ? 'forceString' : 'forcestring';
  return { ...parameter, value: text, [key]: true };
}

describe('editing a random override file', () => {
  it('sets the parameters of the image and keeps all others applying', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        files,
        inheritedLists,
        fc.constantFrom('v1', '1.20', 'v9', '20240101'),
        (file, inherited, tag) => {
          const target: FileTarget = {
            kind: 'override',
            path: '.argocd-source-shop.yaml',
            format: 'helm',
            inherited: { parameters: inherited, images: [], env: [] },
          };
          const change: ImageChange = {
            slot: {
              kind: 'helm-parts',
              name: { path: 'image.name', explicit: false },
              tag: { path: 'image.tag', explicit: true },
            },
            image: { registry: 'ghcr.io', name: 'acme/api', tag: undefined, digest: undefined },
            from: undefined,
            to: { tag, digest: undefined },
          };
          const text = write(file);
          const after = editFile(target, text, [change], { createMissing: false });
          const before = parse(text) as { readonly helm: object };
          const parameters = expected(file.parameters, { tag, inherited });
          expect(parse(after)).toEqual({ ...before, helm: { ...before.helm, parameters } });
          expect(editFile(target, after, [change], { createMissing: false })).toBe(after);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
