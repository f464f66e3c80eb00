import type { LynceusError } from '../errors.ts';
import type { ApplicationKey, ImageKey } from './annotations.ts';
import type { Found } from './problems.ts';

/**
 * What is set for one Application, whoever says so: its annotations, or an `ImageUpdater`. Settings have the keys of
 * annotations in both. Values are trimmed.
 */
export interface SettingReader {
  /** `undefined` when it is missing or blank. */
  ofApplication(key: ApplicationKey): Found | undefined;
  /** The image's own, else that of all images; a blank one counts as missing. An image without alias has no own. */
  ofImage(alias: string, key: ImageKey): Found | undefined;
  /** The same, but a blank one counts: `web.ignore-tags: ""` means that nothing is ignored. */
  ofImageEvenBlank(alias: string, key: ImageKey): Found | undefined;
  /** Whether `ofImageEvenBlank` answers what is set for all images, not for this one. */
  isCommon(alias: string, key: ImageKey): boolean;
  /** One entry of the list of images, for problems with it. */
  listed(alias: string, text: string): Found;
  /** Where a setting that is missing would be, for problems; with `alias` that of one image. */
  missing(key: ApplicationKey | ImageKey, alias?: string): Found;
  /** What is set under a key that does not exist, each with the alias it belongs to, `undefined` when to none. */
  readonly unknown: readonly UnknownSetting[];
}

export interface UnknownSetting extends Found {
  readonly alias: string | undefined;
  readonly error: LynceusError;
}
