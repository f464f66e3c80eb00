import { IMAGE_SELECTOR } from './image-selector.ts';
import { key } from './keys.ts';
import { duration } from './value-type.ts';

const YEAR = 8_760 * 3_600_000;

/** An entry of `gates.minimumAge`. */
// prettier-ignore
export const MINIMUM_AGE = {
  age: key('How old a version must be to be written; of several entries for an image, and its annotation, the longest counts', duration(0, YEAR), { required: true }),
  ...IMAGE_SELECTOR,
};
