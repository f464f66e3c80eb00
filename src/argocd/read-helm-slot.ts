import { keyPathKey } from '../core/identity/slot.ts';
import { splitKeyPaths } from '../core/key-path.ts';
import type { ImageReference } from '../core/image/reference.ts';
import type { ImageSlot, SlotKey, StrategyName, ValueTemplate } from '../core/policy.ts';
import { holds, parseValueTemplate } from '../core/value-template.ts';
import type { HelmSlot } from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';
import type { ImageKey } from './annotations.ts';
import type { Found, ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';

/** What of an image matters to its keys. */
interface HelmSlotInput {
  readonly alias: string;
  readonly image: ImageReference;
  readonly strategy: StrategyName;
  readonly settings: SettingReader;
  readonly problems: ProblemList;
}

/** Helm keys of an image: those of its name and its version, or one of both. Each may be several, with commas between. */
export function readHelmSlot(input: HelmSlotInput): ImageSlot | undefined {
  const { alias, settings, problems } = input;
  const before = problems.all.length;
  const keysOf = (key: ImageKey): Keys | undefined => {
    const found = settings.ofImage(alias, key);
    const paths = found && problems.attempt(found, splitKeys);
    return found && paths && { ...found, paths };
  };
  const spec = keysOf('helm.image-spec');
  const [name, registry] = [keysOf('helm.image-name'), keysOf('helm.image-registry')];
  const [tag, digest] = [keysOf('helm.image-tag'), keysOf('helm.image-digest')];
  const found = settings.ofImage(alias, 'helm.value-template');
  const template = found && problems.attempt(found, (text) => templateFor(input, text, spec !== undefined));
  const part = registry ?? digest;
  if (spec !== undefined && part !== undefined) problems.add(part, partInSpec());
  if (problems.all.length > before) return undefined;
  const written = template === undefined ? {} : { template };
  if (spec !== undefined)
    return together(
      spec.paths.map((path) => ({ kind: 'helm-spec', spec: { path, explicit: true }, ...written })),
    );
  const tags = tag?.paths ?? [DEFAULT_TAG];
  const uneven = [name, registry, digest].find(
    (keys) => keys !== undefined && keys.paths.length > 1 && keys.paths.length !== tags.length,
  );
  if (uneven !== undefined) {
    problems.add(uneven, unevenKeys(tags.length, uneven.paths.length));
    return undefined;
  }
  const slots = tags.map((path, index): HelmSlot => {
    const keys: PartKeys = {
      // A registry is of no use without the name behind it, so that key is not only a default then.
      name: { ...keyAt(name, index, DEFAULT_NAME), explicit: name !== undefined || registry !== undefined },
      tag: { path, explicit: tag !== undefined },
      ...(registry === undefined ? {} : { registry: keyAt(registry, index, '') }),
      ...(digest === undefined ? {} : { digest: keyAt(digest, index, '') }),
    };
    const twice = sameKey(keys);
    if (twice !== undefined)
      problems.add({ ...settings.missing(twice.key, alias), value: twice.path }, twice.error);
    return { kind: 'helm-parts', ...keys, ...written };
  });
  return problems.all.length > before ? undefined : together(slots);
}

/** The keys that one annotation names. */
interface Keys extends Found {
  readonly paths: readonly string[];
}

const DEFAULT_NAME = 'image.name';
const DEFAULT_TAG = 'image.tag';

/** Names of Helm parameters hold no comma, because `--set` takes it for its own; keys of a file may, in quotes. */
function splitKeys(text: string): readonly string[] {
  const paths = splitKeyPaths(text);
  const isDouble = new Set(paths.map(keyPathKey)).size < paths.length;
  if (!isDouble && !paths.includes('')) return paths;
  throw new LynceusError(
    'annotation-invalid',
    `expected one key, or several with commas between, found ${isDouble ? 'one twice' : 'a comma without a key'}`,
  );
}

/** One key serves all tags; of several, each serves the tag at its place. */
function keyAt(keys: Keys | undefined, index: number, fallback: string): SlotKey {
  if (keys === undefined) return { path: fallback, explicit: false };
  return { path: keys.paths[index] ?? keys.paths[0] ?? fallback, explicit: true };
}

function together([first, ...others]: readonly HelmSlot[]): ImageSlot | undefined {
  return first === undefined || others.length === 0 ? first : { ...first, others };
}

function unevenKeys(tags: number, found: number): LynceusError {
  return new LynceusError(
    'annotation-invalid',
    `expected one key for all, or as many as helm.image-tag has, ${tags}, found ${found}`,
  );
}

type PartKeys = Pick<Extract<ImageSlot, { kind: 'helm-parts' }>, 'name' | 'tag' | 'registry' | 'digest'>;

/** The annotation whose key another one names as well, for another part; `undefined` when each has its own. */
function sameKey({
  name,
  tag,
  registry,
  digest,
}: PartKeys): { readonly key: ImageKey; readonly path: string; readonly error: LynceusError } | undefined {
  const parts = [
    { key: 'helm.image-name', path: name.path },
    ...(registry === undefined ? [] : [{ key: 'helm.image-registry', path: registry.path } as const]),
    { key: 'helm.image-tag', path: tag.path },
    ...(digest === undefined ? [] : [{ key: 'helm.image-digest', path: digest.path } as const]),
  ] as const;
  for (const [index, { key, path }] of parts.entries()) {
    const other = parts.slice(0, index).find((one) => keyPathKey(one.path) === keyPathKey(path));
    if (other === undefined) continue;
    const error = new LynceusError(
      'annotation-invalid',
      `expected another key than ${other.key}, found the same`,
      { hint: 'write helm.image-spec for a key that holds registry/name:tag' },
    );
    return { key, path, error };
  }
  return undefined;
}

function partInSpec(): LynceusError {
  return new LynceusError(
    'annotation-invalid',
    'has no effect beside helm.image-spec, which names a key that holds registry/name:tag',
    { hint: 'remove it, or name the keys of name and tag apart: helm.image-name and helm.image-tag' },
  );
}

/** A template that can be filled for this image, and be read back to what its strategy chooses. */
function templateFor({ image, strategy }: HelmSlotInput, text: string, isWhole: boolean): ValueTemplate {
  const template = parseValueTemplate(text);
  const named = template.placeholders.find((name) => name !== 'tag' && name !== 'digest');
  const refuse = (message: string, hint: string) => new LynceusError('annotation-invalid', message, { hint });
  if (named !== undefined && !isWhole)
    throw refuse(
      `expected only {tag} and {digest} at the key of the tag, found {${named}}`,
      'name the key with helm.image-spec when it holds the name of the image too',
    );
  if (holds(template, 'registry') && image.registry === '')
    throw refuse(
      'there is no registry for {registry}, because image-list names none',
      `write the registry in image-list, for example docker.io/${image.name}`,
    );
  if (strategy === 'digest' && !holds(template, 'digest'))
    throw refuse('expected {digest} with the update-strategy digest', 'add it, for example {tag}@{digest}');
  return template;
}
