import { formatName } from '../core/image/reference.ts';
import type { UpdatePolicy } from '../core/policy.ts';

/** Tells apart two images of one Application, also when neither has an alias. */
export function imageIdentity({
  application,
  alias,
  image,
  slot,
}: Pick<UpdatePolicy, 'application' | 'alias' | 'image' | 'slot'>): string {
  return JSON.stringify([application.namespace, application.name, alias, formatName(image), slot]);
}
