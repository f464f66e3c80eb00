/*
 * The parts of an image reference, each with a function that checks a text. Every expression reads its text once, from left
 * to right: no two alternatives can match the same character.
 */

/** OCI distribution spec, "Pulling manifests": a tag is at most 128 characters. */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** The same paragraph's `<name>`, with upper case let through: registries that allow it exist (`gcr.io/Proj/App`). */
const NAME_COMPONENT = /^[A-Za-z0-9]+(?:(?:\.|__|_|-+)[A-Za-z0-9]+)*$/;
const LONGEST_NAME = 255;

const HOST_LABEL = /^[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*$/;
const IPV6 = /^\[[0-9A-Fa-f:.]{2,45}\]$/;
const PORT = /^[0-9]{1,5}$/;

/** OCI image spec, "Digests": algorithm and encoded part; 32 is the shortest in use. */
const DIGEST = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([A-Za-z0-9=_-]{32,256})$/;
const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/** Whether a registry could hold a tag of this name. `~1.2` is none. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Whether this is a digest with its algorithm, all of it. `sha256:abc` is none. */
export function isDigest(text: string): boolean {
  const [, algorithm = '', encoded = ''] = DIGEST.exec(text) ?? [];
  if (algorithm === '') return false;
  const length = HEX_LENGTHS.get(algorithm);
  return length === undefined || (encoded.length === length && /^[0-9a-f]+$/.test(encoded));
}

/** Whether this is the path of an image, without its host. `acme/`, `a/../b` and `acme/web app` are none. */
export function isName(text: string): boolean {
  return text.length <= LONGEST_NAME && text.split('/').every((part) => NAME_COMPONENT.test(part));
}

/** Whether this is a host with an optional port. `nginx:~1` and `reg.corp:99999` are none. */
export function isHost(text: string): boolean {
  const colon = text.startsWith('[') ? text.indexOf(':', text.indexOf(']')) : text.indexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  if (colon >= 0 && !isPort(text.slice(colon + 1))) return false;
  if (host.length > LONGEST_NAME) return false;
  return IPV6.test(host) || host.split('.').every((label) => HOST_LABEL.test(label));
}

/** Whether the text before the first `/` is a host at all: Docker's rule, a dot, a port or `localhost`. */
export function looksLikeHost(component: string): boolean {
  return /[.:[]/.test(component) || component.toLowerCase() === 'localhost';
}

function isPort(text: string): boolean {
  const port = PORT.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535;
}
