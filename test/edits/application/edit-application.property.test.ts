import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedChange } from '../../../src/core/change.ts';
import type { ImageSlot, InheritedEntries } from '../../../src/core/policy.ts';
import { canonicalName, isAtVersion } from '../../../src/core/presence.ts';
import { imageInLists } from '../../../src/core/source-lists.ts';
import { editApplication, type ApplicationTarget } from '../../../src/edits/application/edit-application.ts';
import { applyJsonPatch, applyMergePatch } from '../../helpers/kube-stand-in/patches.ts';
import { aChange, anApplication, DIGEST, kustomizeOf, partsOf, pluginOf, specOf } from './changes.ts';

type Format = ApplicationTarget['format'];
type Json = Readonly<Record<string, unknown>>;

const FIELD = { helm: 'parameters', kustomize: 'images', plugin: 'env' } as const;
const PLACES = ['spec.source', 'spec.sources[1]', 'spec.sourceHydrator.drySource'];

const names = fc.constantFrom('image', 'image.name', 'image.tag', 'a/b~c', 'url', 'db.password', 'x y', '');
const images = fc.constantFrom(
  'nginx',
  'docker.io/library/nginx',
  'ghcr.io/acme/api',
  'reg.corp:5000/a',
  'reg.corp:5000/b',
  'acme/api',
);
const tags = fc.constantFrom('1.0', '2.0', '7', 'main', 'v1.2.3-rc.1_x');
const digests = fc.constantFrom(undefined, DIGEST);
const values = fc.oneof(
  tags,
  images,
  fc.tuple(images, tags).map(([name, tag]) => `${name}:${tag}`),
  fc.string(),
  fc.constantFrom('<a & b>', '\u2028', DIGEST, ''),
);
const foreign = fc.dictionary(fc.constantFrom('note', 'kept', 'z'), fc.jsonValue(), { maxKeys: 2 });

const namedEntry = fc
  .record(
    { name: names, value: values, forceString: fc.boolean(), foreign },
    { requiredKeys: ['name', 'foreign'] },
  )
  .map(({ foreign: more, ...entry }) => ({ ...more, ...entry }));
const imageEntry = fc.oneof(
  fc.tuple(images, tags).map(([name, tag]) => `${name}:${tag}`),
  fc
    .tuple(fc.constantFrom('base', '_API_', 'nginx'), images, tags)
    .map(([old, name, tag]) => `${old}=${name}:${tag}`),
  images.map((name) => `${name}@${DIGEST}`),
  fc.string(),
);

function entriesOf(format: Format): fc.Arbitrary<readonly unknown[] | null | undefined> {
  const entry: fc.Arbitrary<unknown> = format === 'kustomize' ? imageEntry : namedEntry;
  return fc.oneof(
    { weight: 8, arbitrary: fc.array(entry, { maxLength: 6 }) },
    fc.constantFrom(null, undefined),
  );
}

function slotsOf(format: Format): fc.Arbitrary<ImageSlot> {
  const variable = fc.constantFrom('image', 'image.name', 'image.tag', undefined);
  switch (format) {
    case 'helm':
      return fc.oneof(fc.constant(partsOf('image.name', 'image.tag')), names.map(specOf));
    case 'kustomize':
      return fc.oneof(
        images.map((name) => kustomizeOf(name)),
        fc.constantFrom('base', '_API_', 'nginx').map((name) => kustomizeOf(name, true)),
      );
    case 'plugin':
      return fc
        .tuple(variable, variable, variable)
        .filter(
          (all) =>
            new Set(all.filter((one) => one !== undefined)).size ===
            all.filter((one) => one !== undefined).length,
        )
        .filter(([, tag, spec]) => tag !== undefined || spec !== undefined)
        .map(([name, tag, spec]) =>
          pluginOf({ ...(name && { name }), ...(tag && { tag }), ...(spec && { spec }) }),
        );
  }
}

interface World {
  readonly target: ApplicationTarget;
  readonly application: Json;
  readonly changes: readonly PlannedChange[];
}

const worlds: fc.Arbitrary<World> = fc.constantFrom<Format>('helm', 'kustomize', 'plugin').chain((format) =>
  fc
    .record({
      at: fc.constantFrom(...PLACES),
      entries: entriesOf(format),
      block: fc.constantFrom('there', 'null', 'missing'),
      others: foreign,
      inputs: fc.array(fc.record({ slot: slotsOf(format), image: images, to: tags, digest: digests }), {
        minLength: 1,
        maxLength: 3,
      }),
    })
    .map(({ at, entries, block, others, inputs }) => {
      const content = { ...others, ...(entries === undefined ? {} : { [FIELD[format]]: entries }) };
      const source = {
        repoURL: 'r',
        ...(block === 'missing' ? {} : { [format]: block === 'null' ? null : content }),
      };
      const target: ApplicationTarget = { method: 'application', at, format };
      const application = placed(at, source);
      const lists = listsOf(format, listIn(application, target));
      const changes = inputs.map(({ digest, ...input }, index) => ({
        ...aChange({ ...input, ...(digest === undefined ? {} : { digest }), alias: `i${index}` }),
        // What a kustomization is asked for without a name of its own is the image itself.
        slot: input.slot.kind === 'kustomize' && !input.slot.renamed ? kustomizeOf(input.image) : input.slot,
      }));
      return {
        target,
        application,
        changes: changes.map((change) => ({ ...change, from: imageInLists(change.slot, lists) })),
      };
    }),
);

function placed(at: string, source: Json): Json {
  switch (at) {
    case 'spec.source':
      return anApplication(source, { sources: [] });
    case 'spec.sources[1]':
      return anApplication(
        { path: 'unread' },
        { sources: [{ path: 'a', helm: { parameters: [] } }, source, { path: 'c' }] },
      );
    default:
      return anApplication(
        { path: 'unread' },
        { sourceHydrator: { drySource: source, syncSource: { path: 's' } } },
      );
  }
}

function sourceIn(application: unknown, at: string): Json {
  const { spec } = application as {
    readonly spec: { source: Json; sources: readonly Json[]; sourceHydrator: { drySource: Json } };
  };
  if (at === 'spec.source') return spec.source;
  return (at === 'spec.sources[1]' ? spec.sources[1] : spec.sourceHydrator.drySource) ?? {};
}

function listIn(application: unknown, { at, format }: ApplicationTarget): readonly unknown[] {
  const block = sourceIn(application, at)[format] as Json | null | undefined;
  return (block?.[FIELD[format]] ?? []) as readonly unknown[];
}

function listsOf(format: Format, entries: readonly unknown[]): InheritedEntries {
  const none = { parameters: [], images: [], env: [] };
  if (format === 'kustomize') return { ...none, images: entries as readonly string[] };
  const named = (entries as readonly { readonly name: string; readonly value?: string }[]).map(
    ({ name, value = '' }) => ({ name, value, forceString: false }),
  );
  return format === 'helm' ? { ...none, parameters: named } : { ...none, env: named };
}

/** The names of entries that a change may write. */
function ownNames({ slot }: PlannedChange): readonly (string | undefined)[] {
  switch (slot.kind) {
    case 'helm-parts':
      return [slot.name.path, slot.tag.path];
    case 'helm-spec':
      return [slot.spec.path];
    case 'plugin':
      return [slot.name, slot.tag, slot.spec];
    case 'kustomize':
    case 'markers':
      return [];
  }
}

function isOurs(entry: unknown, { changes }: World): boolean {
  if (typeof entry !== 'string')
    return changes.some((change) => ownNames(change).includes((entry as { readonly name: string }).name));
  const [front = '', back = front] = entry.split('=');
  const named = [front, back].map((text) => canonicalName(text.replace(/@.*/, '').replace(/:[^/]*$/, '')));
  return changes.some(({ slot }) => slot.kind === 'kustomize' && named.includes(canonicalName(slot.name)));
}

/** The entry without what we write. */
function foreignPart(entry: unknown): unknown {
  if (typeof entry === 'string') return '';
  const { value: _value, forceString: _forced, ...rest } = entry as Json;
  return rest;
}

describe('editApplication, whatever the Application is', () => {
  it('keeps every entry of others as it is and where it is, and everything beside the list', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { target, application, changes } = world;
        const { patch } = editApplication(application, target, changes);
        const after = applyJsonPatch(application, patch);
        const [before, now] = [listIn(application, target), listIn(after, target)];

        expect(now.length).toBeGreaterThanOrEqual(before.length);
        for (const [index, entry] of before.entries()) {
          if (isOurs(entry, world)) expect(foreignPart(now[index])).toEqual(foreignPart(entry));
          else expect(JSON.stringify(now[index])).toBe(JSON.stringify(entry));
        }
        expect(now.slice(before.length).every((entry) => isOurs(entry, world))).toBe(true);
        const emptied = { [FIELD[target.format]]: null };
        const without = (value: unknown) =>
          applyMergePatch(sourceIn(value, target.at), { [target.format]: emptied });
        expect(without(after)).toEqual(without(application));
      }),
      { numRuns: 1000 },
    );
  });

  it('makes or refuses each change, all of it or nothing, and twice is the same as once', () => {
    fc.assert(
      fc.property(worlds, ({ target, application, changes }) => {
        const edit = editApplication(application, target, changes);
        const after = applyJsonPatch(application, edit.patch);
        const refused = new Set(edit.refused.map(({ change }) => change));
        const made = changes.filter((change) => !refused.has(change));

        const lists = listsOf(target.format, listIn(after, target));
        for (const { slot, image, to } of made) {
          const now = imageInLists(slot, lists);
          expect(now !== undefined && isAtVersion(now, { slot, image, to }, 'kept')).toBe(true);
        }
        expect(editApplication(after, target, made)).toMatchObject({
          patch: [],
          refused: [],
          already: made.length,
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('shows the list as the API server will have it', () => {
    fc.assert(
      fc.property(worlds, ({ target, application, changes }) => {
        const { patch, list } = editApplication(application, target, changes);

        expect(listIn(applyJsonPatch(application, patch), target)).toEqual(list.after);
        expect(listIn(application, target)).toEqual(list.before);
      }),
      { numRuns: 1000 },
    );
  });

  it('loses no entry when Argo CD takes the list as a whole', () => {
    fc.assert(
      fc.property(worlds, ({ target, application, changes }) => {
        const { patch, list } = editApplication(application, target, changes);
        // RFC 7386, by which Argo CD merges sources: a list replaces a list.
        const merged = applyMergePatch(sourceIn(application, target.at), {
          [target.format]: { [FIELD[target.format]]: list.after },
        });
        const patched = sourceIn(applyJsonPatch(application, patch), target.at);

        expect(patched).toEqual(patch.length > 0 ? merged : sourceIn(application, target.at));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses what has changed meanwhile instead of writing over it', () => {
    fc.assert(
      fc.property(worlds, tags, ({ target, application, changes }, tag) => {
        const stale = changes.map((change) => ({
          ...change,
          from: { name: 'acme/stale', tag, digest: undefined },
        }));

        const edit = editApplication(application, target, stale);

        expect(edit.patch).toEqual([]);
        expect(edit.refused.length + edit.already).toBe(changes.length);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('editApplication, whatever it is given', () => {
  it('throws nothing and never writes into what is no Application', () => {
    fc.assert(
      fc.property(fc.jsonValue(), worlds, (value, { target, changes }) => {
        expect(editApplication(value, target, changes)).toMatchObject({ patch: [], already: 0 });
      }),
      { numRuns: 1000 },
    );
  });

  it('throws nothing for a source of any shape', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), worlds, (block, entries, { target, changes }) => {
        for (const source of [
          block,
          { [target.format]: block },
          { [target.format]: { [FIELD[target.format]]: entries } },
        ]) {
          const application = placed(target.at, source as Json);
          const { patch, refused, already } = editApplication(application, target, changes);
          expect(() => applyJsonPatch(application, patch)).not.toThrow();
          expect(refused.length + already).toBeLessThanOrEqual(changes.length);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
