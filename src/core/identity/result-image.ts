import type { ApplicationId } from '../policy.ts';
import { applicationKey } from './application.ts';
import { joinKey } from './key.ts';

/** Tells apart the images of all Applications by what a report says of them. */
export function resultImageKey({
  application,
  alias,
  image,
}: {
  readonly application: ApplicationId;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
}): string {
  return joinKey(applicationKey(application), alias, image);
}
