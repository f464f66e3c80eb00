import { formatName, parseImageReference } from '../core/image/reference.ts';
import type { ImageReference } from '../core/image/reference.ts';
import type { ImageSlot, StrategyName } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { aliasInKeys } from './annotations.ts';
import type { ImageKey } from './annotations.ts';
import type { ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';
import { readHelmSlot } from './read-helm-slot.ts';

/** What a target holds images as: Helm keys, entries of `images`, environment variables of a plugin, or marked values. */
export type SlotFamily = 'helm' | 'kustomize' | 'plugin' | 'markers';

export interface SlotInput {
  readonly alias: string;
  /** The Applications that a marker may name. */
  readonly owners: readonly string[];
  readonly image: ImageReference;
  readonly family: SlotFamily;
  readonly strategy: StrategyName;
  readonly settings: SettingReader;
  readonly problems: ProblemList;
}

const KEYS: Readonly<Record<SlotFamily, readonly ImageKey[]>> = {
  helm: [
    'helm.image-spec',
    'helm.image-name',
    'helm.image-registry',
    'helm.image-tag',
    'helm.image-digest',
    'helm.value-template',
  ],
  kustomize: ['kustomize.image-name'],
  plugin: ['plugin.image-spec', 'plugin.image-name', 'plugin.image-tag'],
  markers: [],
};

const FAMILIES = ['helm', 'kustomize', 'plugin'] as const satisfies readonly SlotFamily[];

const WRITES: Readonly<Record<SlotFamily, string>> = {
  helm: 'Helm keys',
  kustomize: 'the images of a kustomization',
  plugin: 'environment variables of a plugin',
  markers: 'marked values',
};

/** Names that a Config Management Plugin can be given (Kubernetes' rule for environment variables). */
const VARIABLE = /^[A-Za-z_.-][A-Za-z0-9_.-]*$/;

/**
 * Where in its target the image is written. Keys of another kind of target are a problem, never ignored:
 * `web.helm.image-tag` has no effect on a Kustomize source.
 */
export function readSlot(input: SlotInput): ImageSlot | undefined {
  if (!familyFits(input)) return undefined;
  switch (input.family) {
    case 'helm':
      return readHelmSlot(input);
    case 'kustomize':
      return kustomizeSlot(input);
    case 'plugin':
      return pluginSlot(input);
    case 'markers':
      return markersSlot(input);
  }
}

function familyFits({ alias, family, settings, problems }: SlotInput): boolean {
  const used = FAMILIES.flatMap((name) => {
    const found = KEYS[name].map((key) => settings.ofImage(alias, key)).find((one) => one !== undefined);
    return found === undefined ? [] : [{ name, found }];
  });
  const [first, second] = used;
  if (first === undefined || (second === undefined && first.name === family)) return true;
  if (second !== undefined) {
    const both = `${first.name}.* and ${second.name}.* cannot both be set for one image`;
    problems.add(
      second.found,
      new LynceusError('annotation-invalid', both, { hint: `this one is written to ${WRITES[family]}` }),
    );
    return false;
  }
  const misfit = `has no effect here, because the image is written to ${WRITES[family]}`;
  problems.add(
    first.found,
    new LynceusError('annotation-invalid', misfit, { hint: 'remove it, or change write-back-target' }),
  );
  return false;
}

/** In Argo CD's own namespace `shop/api` is enough; an alias is spelled as in annotation keys. */
function markersSlot({ alias, owners, settings, problems }: SlotInput): ImageSlot | undefined {
  if (alias !== '')
    return { kind: 'markers', names: owners.map((owner) => `${owner}/${aliasInKeys(alias)}`) };
  problems.add(
    settings.listed(alias, ''),
    new LynceusError('annotation-invalid', 'expected an alias, by which markers name the image, found none', {
      hint: 'write ALIAS=IMAGE in image-list',
    }),
  );
  return undefined;
}

function kustomizeSlot({ alias, image, settings, problems }: SlotInput): ImageSlot | undefined {
  const found = settings.ofImage(alias, 'kustomize.image-name');
  if (found === undefined) return { kind: 'kustomize', name: formatName(image), renamed: false };
  const name = problems.attempt(found, kustomizeName);
  return name === undefined ? undefined : { kind: 'kustomize', name, renamed: true };
}

/** Kustomize compares names as text, so a placeholder such as `WEB_IMAGE` or `_web` is a name as well. */
function kustomizeName(text: string): string {
  return /^[^\s\p{Cc}:@=,/]+$/u.test(text) ? text : formatName(parseImageReference(text));
}

function pluginSlot({ alias, settings, problems }: SlotInput): ImageSlot | undefined {
  const variable = (key: ImageKey) => {
    const found = settings.ofImage(alias, key);
    return found === undefined ? undefined : problems.attempt(found, variableName);
  };
  const before = problems.all.length;
  const name = variable('plugin.image-name');
  const tag = variable('plugin.image-tag');
  const spec = variable('plugin.image-spec');
  if (problems.all.length > before) return undefined;
  if (tag !== undefined || spec !== undefined) return { kind: 'plugin', name, tag, spec };
  problems.add(
    alias === '' ? { key: 'spec.source.plugin', value: '' } : settings.missing('plugin.image-tag', alias),
    new LynceusError(
      'annotation-invalid',
      'expected the environment variable that carries the tag, found none',
      {
        hint: 'write <alias>.plugin.image-tag or <alias>.plugin.image-spec, or let write-back-target name a file: helmvalues:PATH or kustomization:PATH',
      },
    ),
  );
  return undefined;
}

function variableName(text: string): string {
  if (VARIABLE.test(text)) return text;
  throw new LynceusError(
    'annotation-invalid',
    `expected the name of an environment variable, found ${quoted(text)}`,
  );
}
