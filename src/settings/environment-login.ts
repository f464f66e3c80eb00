import { parseRegistryPrefix } from '../core/image/registry-prefix.ts';
import { key } from './keys.ts';
import { listOfValues, parsed, RefusedValue, textLine } from './value-type.ts';

const EXPECTED = 'a registry, perhaps with the start of a path, such as ghcr.io/acme';

const REGISTRIES = parsed(
  listOfValues(parsed(textLine(EXPECTED), (text) => parseRegistryPrefix(text) ?? new RefusedValue())),
  (prefixes) => (prefixes.length === 0 ? new RefusedValue('expected at least one registry') : prefixes),
);

/** An entry of `permissions.environment`. */
// prettier-ignore
export const ENVIRONMENT_LOGIN = {
  name: key('Name of the variable, which holds `user:password`', textLine('the name of an environment variable', /^[^\s=]+$/), { required: true }),
  registries: key('Registries that the login may be sent to, such as `ghcr.io/acme`', REGISTRIES, { required: true }),
};
