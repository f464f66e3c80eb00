import { LynceusError } from '../errors.ts';

/** Where a registry login is to be found (`docs/compatibility.md`, credentials). Never the login itself. */
export type CredentialSpec =
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'ext'; readonly path: string }
  | { readonly kind: 'secret'; readonly namespace: string; readonly name: string; readonly field: string }
  | { readonly kind: 'pullsecret'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'github-app'; readonly at: GithubAppPlace };

/** Where a GitHub App is written down: in a Secret, in a folder that holds such a Secret as files, in the environment. */
export type GithubAppPlace =
  | { readonly kind: 'secret'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'env' };

const LONGEST_SPEC = 4096;

/** Kubernetes: `metadata.namespace` is a DNS label, the name of a Secret a DNS subdomain. Both end up in a URL path. */
const NAMESPACE = /^[a-z0-9]+(?:-+[a-z0-9]+)*$/;
const SECRET_NAME = /^[a-z0-9]+(?:[.-]+[a-z0-9]+)*$/;
const VARIABLE = /^[^\s=]+$/;
const CONTROL = /\p{Cc}/u;

const FORMS = {
  secret: 'secret:NAMESPACE/NAME#FIELD',
  pullsecret: 'pullsecret:NAMESPACE/NAME',
  env: 'env:VARIABLE',
  ext: 'ext:/absolute/path',
  'github-app': 'github-app:NAMESPACE/NAME, github-app:/absolute/folder or github-app:env',
} as const satisfies Record<CredentialSpec['kind'], string>;

/**
 * Reads `secret:NS/NAME#FIELD`, `pullsecret:NS/NAME`, `env:VARIABLE`, `ext:/PATH`, or one of `github-app:NS/NAME`,
 * `github-app:/FOLDER` and `github-app:env`; the kind before the colon in any case. An optional `REGISTRY=` in front is
 * ignored, as Argo CD Image Updater does; the text after the kind may itself contain `:`, unlike there.
 *
 * Throws `config-invalid`, which a problem of an annotation replaces by `annotation-invalid`. The message never repeats
 * the text, because people put passwords where the name of one belongs.
 */
export function parseCredentialSpec(text: string): CredentialSpec {
  if (text.length > LONGEST_SPEC)
    throw invalid(`expected at most ${LONGEST_SPEC} characters, found ${text.length}`);
  if (CONTROL.test(text.trim())) throw invalid('expected one line of text, found a control character');
  const { kind, rest } = splitKind(text.trim());
  switch (kind) {
    case 'env':
      if (!VARIABLE.test(rest))
        throw malformed(kind, 'the name of an environment variable is missing or is not one');
      return { kind, variable: rest };
    case 'ext':
      if (!rest.startsWith('/')) throw malformed(kind, 'the path of a program is missing or is not absolute');
      return { kind, path: rest };
    case 'secret': {
      const [secret, field] = cut(rest, '#');
      if (field === '') throw malformed(kind, 'the field of the Secret is missing');
      return { kind, ...parseSecretName(kind, secret), field };
    }
    case 'pullsecret':
      return { kind, ...parseSecretName(kind, rest) };
    case 'github-app':
      return { kind, at: parseAppPlace(rest) };
  }
}

function parseAppPlace(rest: string): GithubAppPlace {
  if (rest === 'env') return { kind: 'env' };
  if (rest.startsWith('/')) return { kind: 'folder', path: rest };
  return { kind: 'secret', ...parseSecretName('github-app', rest) };
}

/** The text that `parseCredentialSpec` reads as this. */
export function formatCredentialSpec(spec: CredentialSpec): string {
  switch (spec.kind) {
    case 'env':
      return `env:${spec.variable}`;
    case 'ext':
      return `ext:${spec.path}`;
    case 'secret':
      return `secret:${spec.namespace}/${spec.name}#${spec.field}`;
    case 'pullsecret':
      return `pullsecret:${spec.namespace}/${spec.name}`;
    case 'github-app':
      return `github-app:${formatAppPlace(spec.at)}`;
  }
}

function formatAppPlace(at: GithubAppPlace): string {
  switch (at.kind) {
    case 'env':
      return 'env';
    case 'folder':
      return at.path;
    case 'secret':
      return `${at.namespace}/${at.name}`;
  }
}

function splitKind(text: string): { readonly kind: CredentialSpec['kind']; readonly rest: string } {
  // The bare form first: a path may contain `=`, and a registry's port a `:`.
  for (const candidate of [text, text.slice(text.indexOf('=') + 1)]) {
    const [before, rest] = cut(candidate, ':');
    const kind = before.trim().toLowerCase();
    if (isKind(kind)) return { kind, rest: rest.trim() };
  }
  throw invalid(
    'expected where to find a registry login, found text that begins with none of the known types',
  );
}

function isKind(text: string): text is CredentialSpec['kind'] {
  return Object.hasOwn(FORMS, text);
}

function parseSecretName(
  kind: 'secret' | 'pullsecret' | 'github-app',
  text: string,
): { readonly namespace: string; readonly name: string } {
  const [namespace, name] = cut(text, '/');
  if (namespace.length > 63 || !NAMESPACE.test(namespace))
    throw malformed(kind, 'the namespace is missing or is not one');
  if (name.length > 253 || !SECRET_NAME.test(name))
    throw malformed(kind, 'the name of the Secret is missing or is not one');
  return { namespace, name };
}

function cut(text: string, separator: string): readonly [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function malformed(kind: CredentialSpec['kind'], what: string): LynceusError {
  return invalid(`expected ${FORMS[kind]}: ${what}`);
}

function invalid(message: string): LynceusError {
  return new LynceusError('config-invalid', message, {
    hint: `write one of ${Object.values(FORMS).join(', ')}`,
  });
}
