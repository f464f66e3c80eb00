import { parseCredentialSpec } from '../core/credential-spec.ts';
import { freeText, parsed, RefusedValue, textLine, type ValueType } from './value-type.ts';

/** Where a secret is. */
export type SecretPlace =
  { readonly kind: 'env'; readonly variable: string } | { readonly kind: 'file'; readonly path: string };

/** Where a text is that need not be secret, or the text itself. */
export type SecretReference = SecretPlace | { readonly kind: 'text'; readonly text: string };

const PLACE = /^(?:env:[A-Za-z_]\w*|file:\S.*)$/;
const PLACE_OR_TEXT = /^(?:env:[A-Za-z_]\w*|file:\S.*|text:\S.*)$/;

/** For secrets. Only code, never the file, can give one as a text. */
export const SECRET_PLACE: ValueType<string, SecretReference> = parsed(
  textLine('env:NAME or file:/path', PLACE),
  placeOf,
);

export const SECRET_REFERENCE: ValueType<string, SecretReference> = parsed(
  textLine('env:NAME, file:/path or text:NAME', PLACE_OR_TEXT),
  (text) => (text.startsWith('text:') ? { kind: 'text', text: text.slice('text:'.length) } : placeOf(text)),
);

/** Also in a Secret of the cluster. The text is not repeated: people put secrets where their place belongs. */
export const ANY_SECRET_PLACE: ValueType<string, string> = parsed(
  freeText('env:NAME, file:/path or secret:NAMESPACE/NAME#FIELD', 1_000),
  (text): string | RefusedValue =>
    PLACE.test(text) || isSecretField(text)
      ? text
      : new RefusedValue('expected env:NAME, file:/path or secret:NAMESPACE/NAME#FIELD'),
);

/** Returns undefined when the text names no place. */
export function parseSecretPlace(text: string): SecretPlace | undefined {
  return PLACE.test(text) ? placeOf(text) : undefined;
}

function isSecretField(text: string): boolean {
  try {
    return parseCredentialSpec(text).kind === 'secret';
  } catch {
    return false;
  }
}

function placeOf(text: string): SecretPlace {
  const rest = text.slice(text.indexOf(':') + 1);
  return text.startsWith('env:') ? { kind: 'env', variable: rest } : { kind: 'file', path: rest };
}
