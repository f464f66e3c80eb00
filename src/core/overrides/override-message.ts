import type { ChosenImage } from '../change.ts';
import type { TrackedImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import { addTrailers } from '../plan/trailers.ts';
import { inertText } from '../plan/inert-text.ts';
import { plainLine } from '../quoted.ts';
import { recordLine, recordOf } from './record.ts';

/** What a person requests for images of one Application. */
export interface Override {
  /**
   * `hold`: write nothing. `release`: go on as if nothing had been held or rolled back. `set`: write this version now,
   * whatever the strategy would choose. `promote`: write this version of an upstream image now.
   */
  readonly kind: 'hold' | 'release' | 'set' | 'promote';
  /** Why, on one short line; `''` for no reason. */
  readonly reason: string;
  /** Who requests it. */
  readonly by: string;
}

/** One image that an override applies to. */
export interface OverriddenImage {
  readonly tracked: TrackedImage;
  /** Where the file was read, links followed. */
  readonly path?: string | undefined;
  /** The version that the file has; `undefined` when it has none. */
  readonly from: string | undefined;
  readonly to: ChosenImage | undefined;
}

/** The message of the commit that carries out an override, with a record for each image. */
export function overrideMessage(override: Override, images: readonly OverriddenImage[]): string {
  const application = images[0]?.tracked.application.name ?? '';
  const names = images.map(
    ({ tracked, to }) => `${nameOf(tracked)}${writesVersion(override) ? ` to ${versionText(to) ?? ''}` : ''}`,
  );
  const subject = `build: ${override.kind} ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and more' : ''} of ${application}`;
  const reason = override.reason === '' ? '' : `\n\n${inertText(override.reason)}`;
  const message = `${plainLine(subject)}${reason}\n\nRequested by ${inertText(override.by)}.\n`;
  return addTrailers(
    message,
    images.map((image) => lineOf(override, image)),
  );
}

function lineOf({ kind, by }: Override, { tracked, path, from, to }: OverriddenImage): string {
  const after = writesVersion({ kind }) ? versionText(to) : from;
  return recordLine({ ...recordOf(kind, tracked, { path, from, to: after }), by });
}

function writesVersion({ kind }: Pick<Override, 'kind'>): boolean {
  return kind === 'set' || kind === 'promote';
}

function nameOf({ alias, image }: TrackedImage): string {
  return alias === '' ? image.name : alias;
}
