import { formatName } from '../image/reference.ts';
import type { UpdatePolicy } from '../policy.ts';
import { slotKey } from './slot.ts';
import { joinKey } from './key.ts';

/** Tells apart the images of all Applications, also two of one Application that have no alias. */
export function imageKey({
  application,
  alias,
  image,
  slot,
}: Pick<UpdatePolicy, 'application' | 'alias' | 'image' | 'slot'>): string {
  return joinKey(application.namespace, application.name, alias, formatName(image), slot.kind, slotKey(slot));
}
