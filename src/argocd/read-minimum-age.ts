import { parseDuration } from '../core/duration.ts';
import { selectsImage, type ImageSelector } from '../core/image-selector.ts';
import type { ImagePolicy, TrackedImage } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';

/** An age that the configuration asks for, in milliseconds. */
export type ConfiguredAge = ImageSelector & { readonly age: number };

interface AgeInput {
  readonly alias: string;
  readonly configured: readonly ConfiguredAge[];
  readonly settings: SettingReader;
  readonly problems: ProblemList;
}

/** The longest age that anybody asks for: the annotation cannot shorten what the configuration says. */
export function readMinimumAge(
  image: Pick<TrackedImage, 'application' | 'repository' | 'requester'>,
  { alias, configured, settings, problems }: AgeInput,
): Pick<ImagePolicy, 'minimumAge'> {
  const found = settings.ofImage(alias, 'minimum-age');
  const annotated = (found && problems.attempt(found, parseAge)) ?? 0;
  const ages = configured.filter((entry) => selectsImage(entry, image)).map(({ age }) => age);
  const longest = Math.max(annotated, ...ages);
  return longest > 0 ? { minimumAge: longest } : {};
}

const YEAR = 8_760 * 3_600_000;

function parseAge(text: string): number {
  const age = parseDuration(text);
  if (age !== undefined && age <= YEAR) return age;
  throw new LynceusError(
    'annotation-invalid',
    `expected an age from 0s to 8760h such as 24h or 72h, found ${quoted(text)}`,
    /^\d{1,3}d$/.test(text) ? { hint: `a day is 24h: write ${Number.parseInt(text, 10) * 24}h` } : {},
  );
}
