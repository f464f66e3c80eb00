import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { shown } from './problems.ts';

const SCHEMES: ReadonlySet<string> = new Set(['https', 'http', 'ssh', 'git', 'file']);

/**
 * The address of a Git remote without credentials. A user name is dropped from `https://`, where it may be a token
 * (`https://org@dev.azure.com/…` works without it), and kept for SSH, where it is part of the address.
 *
 * Throws `annotation-invalid` for a password, an unknown scheme (`ext::` would run a program) and for text that git
 * would take for an option. Counter-example: `https://user:secret@example.com/a.git`.
 */
export function parseGitRemote(text: string): string {
  if (text === '')
    throw new LynceusError('annotation-invalid', 'expected the URL of a Git remote, found nothing');
  if (/^(?:\/|[a-z]+:\/\/)/i.test(text) && text.includes(' ')) throw invalid(text, SPACE_HINT);
  if (text.startsWith('-') || /[\s\p{Cc}]/u.test(text) || /^[A-Za-z0-9+.-]+::/.test(text))
    throw invalid(text);
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text) ?? [];
  if (scheme === undefined) return text;
  if (!SCHEMES.has(scheme.toLowerCase()) || !URL.canParse(text)) throw invalid(text);
  return withoutLogin(text, scheme);
}

/** Whether two addresses name one remote: a `.git` or `/` at the end makes no difference. */
export function sameRemote(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(url: string): string {
  return url
    .trim()
    .replace(/^(https?:\/\/)[^/@]*@/i, '$1')
    .replace(/\/{0,8}$/, '')
    .replace(/\.git$/, '');
}

function withoutLogin(text: string, scheme: string): string {
  const start = scheme.length + '://'.length;
  const slash = text.indexOf('/', start);
  const authority = text.slice(start, slash < 0 ? text.length : slash);
  const at = authority.lastIndexOf('@');
  if (at < 0) return text;
  if (authority.slice(0, at).includes(':'))
    throw new LynceusError(
      'annotation-invalid',
      `expected a URL without a password, found one in ${quoted(shown(text))}`,
      {
        hint: 'name the credentials with write-back-method: git:secret:NAME, or give them to Argo CD or to the configuration',
      },
    );
  if (scheme.toLowerCase() === 'ssh') return text;
  return text.slice(0, start) + text.slice(start + at + 1);
}

const FORM_HINT = 'write https://host/path.git, ssh://git@host/path.git or git@host:path.git';
const SPACE_HINT = 'write each space of the path as %20, and a local path as file:///path';

function invalid(text: string, hint = FORM_HINT): LynceusError {
  return new LynceusError(
    'annotation-invalid',
    `expected the URL of a Git remote, found ${quoted(shown(text))}`,
    { hint },
  );
}
