import { key } from './keys.ts';
import { listOfValues, textLine } from './value-type.ts';

const GLOB = textLine('a glob');

/** The keys of an entry that say which images it is for. */
// prettier-ignore
export const IMAGE_SELECTOR = {
  projects: key('Globs of AppProjects whose Applications it is for; without it all', listOfValues(GLOB), { default: [] }),
  namespaces: key('Globs of namespaces whose Applications it is for; without it all', listOfValues(GLOB), { default: [] }),
  applications: key('Globs of names of Applications it is for; without it all', listOfValues(GLOB), { default: [] }),
  images: key('Globs of image repositories it is for, such as `ghcr.io/acme/*`; without it all', listOfValues(GLOB), { default: [] }),
};
