import type { Platform } from '../../core/image/platform.ts';
import { objectField, parseJsonObject, textField } from '../../http/json.ts';
import { readPlatform } from './manifest.ts';

/** What an image declares (OCI image spec, "Image Configuration"). */
export interface ImageConfig {
  readonly platform: Platform | undefined;
  /** Milliseconds since 1970; `undefined` when it has no date. */
  readonly created: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** RFC 3339, section 5.6. `Date.parse` alone would take much more. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;

/** `undefined` when the bytes are no JSON object. `0001-01-01T00:00:00Z` is Go for "not set", and no date. */
export function readImageConfig(bytes: Buffer): ImageConfig | undefined {
  const content = parseJsonObject(bytes);
  if (content === undefined) return undefined;
  const labels = Object.entries(objectField(objectField(content, 'config'), 'Labels'));
  return {
    platform: readPlatform(content),
    created: readDate(textField(content, 'created')),
    labels: Object.fromEntries(
      labels.filter((label): label is [string, string] => typeof label[1] === 'string'),
    ),
  };
}

function readDate(text: string): number | undefined {
  if (!DATE_TIME.test(text) || text.startsWith('0001-01-01')) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
