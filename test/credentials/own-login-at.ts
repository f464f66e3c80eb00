import type { ImageRepository } from '../../src/core/image/reference.ts';
import type { OwnIdentity, OwnLogin } from '../../src/credentials/own-identity.ts';

/** The login to the registry of an image, which has to be one of the cloud's own. */
export function ownLoginAt(cloud: OwnIdentity, image: ImageRepository): OwnLogin {
  const own = cloud.at(image);
  if (own === undefined) throw new Error(`${image.registry} is not a registry of ${cloud.prefix}`);
  return own;
}
