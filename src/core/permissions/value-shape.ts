import { isDigest, isTag } from '../image/grammar.ts';

/**
 * What a text looks like. `version`: numbers with dots and what is behind them. `build`: words with a commit or a time.
 * `commit`: a whole one. `placeholder`: `${TAG}`. `word`: anything else that could be a tag. `text`: what could not.
 */
export type ValueShape =
  | 'nothing'
  | 'version'
  | 'build'
  | 'digest'
  | 'number'
  | 'word'
  | 'placeholder'
  | 'api-version'
  | 'commit'
  | 'flag'
  | 'ip-address'
  | 'url'
  | 'path'
  | 'text';

const FLAG = /^(?:true|false|yes|no|on|off|y|n|enabled|disabled)$/i;
const NUMBER = /^[0-9]+(?:\.[0-9]+)?$/;
const COMMIT = /^[0-9a-f]{40}$/i;
const API_VERSION = /^v[0-9]+(?:(?:alpha|beta)[0-9]+)?$/;
const IP_ADDRESS = /^(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\.(?!$)|$)){4}$/;

/** `1.4.2`, `v1.4`, `1.20-alpine`, `2026.11.29`, `1.4.2+build`, `release-1.4.2`. */
const VERSION =
  /^(?:[A-Za-z][A-Za-z0-9]*[-_])?(?:v?[0-9]+(?:\.[0-9]+){2,}|v[0-9]+\.[0-9]+|[0-9]+\.[0-9]+(?=[-_+][A-Za-z]))(?:[-_+.][A-Za-z0-9._+-]*)?$/;

/** `main-abc1234-1699999999`, `main-abc1234`: words, a commit with a digit and a letter, perhaps a time. */
const BUILD =
  /^[A-Za-z][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.]+)*?-(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?:[-.][0-9]{8,})?$/;

/** `${TAG}`, `<tag>`, `%TAG%`, `@TAG@`: what a tool is to put there, or a person. */
const PLACEHOLDER = /^(?:\$[A-Za-z_]+|\$\{[A-Za-z0-9_.]+\}|<[A-Za-z0-9_. -]+>|%[A-Za-z_]+%|@[A-Za-z_]+@)$/;

/** A scheme that registries use in front of an image is none of a URL. */
const URL = /^(?!docker:|oci:)[A-Za-z][A-Za-z0-9+.-]*:\/\//;
const PATH = /^(?:[./~\\]|[A-Za-z]:\\)|(?<!:)\/\/|\/$|\.{2}/;
const FILE =
  /\.(?:ya?ml|json|toml|ini|conf|cfg|sh|bash|tpl|txt|md|html?|png|jpe?g|svg|gif|webp|ico|tgz|tar|gz|zip|jar|war|iso|pem|crt|sql)$/i;

/** No longer text is anything but text. */
const LONGEST = 512;

/** The shape of a value. Its content is never part of a message, for it may be a secret. */
export function shapeOf(text: string): ValueShape {
  if (text === '') return 'nothing';
  if (text.length > LONGEST) return 'text';
  if (FLAG.test(text)) return 'flag';
  if (isDigest(text)) return 'digest';
  if (NUMBER.test(text)) return 'number';
  if (COMMIT.test(text)) return 'commit';
  if (IP_ADDRESS.test(text)) return 'ip-address';
  if (URL.test(text)) return 'url';
  if (PATH.test(text) || FILE.test(text)) return 'path';
  if (API_VERSION.test(text)) return 'api-version';
  if (PLACEHOLDER.test(text)) return 'placeholder';
  if (!isTag(text)) return 'text';
  if (VERSION.test(text)) return 'version';
  return BUILD.test(text) ? 'build' : 'word';
}

/** What a message calls a shape. */
export const SHAPE_NAMES: Readonly<Record<ValueShape, string>> = {
  nothing: 'nothing',
  version: 'a version',
  build: 'a build',
  digest: 'a digest',
  number: 'a number',
  word: 'a word',
  placeholder: 'a placeholder',
  'api-version': 'a word',
  commit: 'a commit',
  flag: 'a truth value',
  'ip-address': 'an IP address',
  url: 'a URL',
  path: 'a path',
  text: 'other text',
};
