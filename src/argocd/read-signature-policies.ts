import { didYouMean } from '../core/did-you-mean.ts';
import type { ConfiguredPolicy } from '../core/gates/configured-policy.ts';
import { selectsImage } from '../core/image-selector.ts';
import type { ImagePolicy, TrackedImage } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';

interface PolicySources {
  readonly configured: readonly ConfiguredPolicy[];
  readonly settings: SettingReader;
  readonly problems: ProblemList;
}

/**
 * The policies of signatures that an image is held to, in the order of the configuration: those that are for it, and those that `signature-policy`
 * names. A name adds one, and none can be taken away. A name that no policy has is a problem.
 */
export function readSignaturePolicies(
  image: Pick<TrackedImage, 'alias' | 'application' | 'repository' | 'requester'>,
  { configured, settings, problems }: PolicySources,
): Pick<ImagePolicy, 'signaturePolicies'> {
  const found = settings.ofImage(image.alias, 'signature-policy');
  const named = new Set((found && problems.attempt(found, (text) => namesIn(text, configured))) ?? []);
  const chosen = configured.filter(
    (policy) => named.has(policy.name) || (!policy.onlyByName && selectsImage(policy, image)),
  );
  return chosen.length === 0 ? {} : { signaturePolicies: chosen };
}

function namesIn(text: string, configured: readonly ConfiguredPolicy[]): readonly string[] {
  const known = configured.map(({ name }) => name);
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const strange = names.find((name) => !known.includes(name));
  if (strange === undefined) return names;
  const near = didYouMean(strange, known);
  throw new LynceusError(
    'annotation-invalid',
    known.length === 0
      ? `there is no policy ${quoted(strange)}: the configuration has none`
      : `expected names of policies in gates.signatures of the configuration, found ${quoted(strange)}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}
