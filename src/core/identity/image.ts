import { formatName } from '../image/reference.ts';
import type { Destination, TrackedImage } from '../policy.ts';
import { slotKey } from './slot.ts';
import { joinKey } from './key.ts';

/** Which image of an Application: a tracked one, or a change to it. */
type IdentifiedImage = Pick<TrackedImage, 'application' | 'alias' | 'image'> &
  (Pick<TrackedImage, 'destination'> | Pick<Destination, 'slot'>);

/** Tells apart the images of all Applications, also two of one Application that have no alias. */
export function imageKey(identified: IdentifiedImage): string {
  const { application, alias, image } = identified;
  const slot = 'destination' in identified ? identified.destination.slot : identified.slot;
  return joinKey(application.namespace, application.name, alias, formatName(image), slot.kind, slotKey(slot));
}
