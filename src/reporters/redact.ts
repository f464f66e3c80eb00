import { spellingsOf } from './secret-spellings.ts';

/** Replaces a secret. */
export const REDACTED = '[redacted]';

/** Takes secrets out of text. */
export interface Redactor {
  /** From now on this text is taken out. Texts of fewer than 4 characters are ignored: they occur in every word. */
  registerSecret(secret: string): void;
  /**
   * The text without registered secrets (as they are, in base64, in a URL, in JSON), without the user information
   * of URLs and without what follows `Authorization:`, `Bearer` or `Basic`.
   */
  redact(text: string): string;
}

const SHORTEST_SECRET = 4;
/** Short-lived tokens come and go; the oldest are forgotten, and most of them fit the shapes anyway. */
const MOST_SECRETS = 500;

export function createRedactor(): Redactor {
  const secrets = new Map<string, readonly string[]>();
  let index = indexOf([]);
  return {
    registerSecret(secret) {
      if (secret.trim().length < SHORTEST_SECRET) return;
      const known = secrets.get(secret);
      secrets.delete(secret);
      secrets.set(secret, known ?? spellingsOf(secret));
      if (known !== undefined) return;
      const [oldest] = secrets.keys();
      if (secrets.size > MOST_SECRETS && oldest !== undefined) {
        secrets.delete(oldest);
        index = indexOf(secrets.values());
      } else {
        addTo(index, secrets.get(secret) ?? []);
      }
    },
    redact: (text) => redactShapes(redactSpellings(text, index)),
  };
}

/** Spellings by their first four characters, the longest first. */
type SpellingIndex = Map<string, string[]>;

function indexOf(lists: Iterable<readonly string[]>): SpellingIndex {
  const index: SpellingIndex = new Map();
  for (const list of lists) addTo(index, list);
  return index;
}

function addTo(index: SpellingIndex, spellings: readonly string[]): void {
  for (const spelling of spellings) {
    if (spelling.length < SHORTEST_SECRET) continue;
    const start = spelling.slice(0, SHORTEST_SECRET);
    const others = index.get(start) ?? [];
    if (others.includes(spelling)) continue;
    index.set(
      start,
      [...others, spelling].sort((a, b) => b.length - a.length),
    );
  }
}

/**
 * One pass over the text for all secrets, however many there are. The placeholder is passed over: a secret that is a
 * part of it finds nothing there, and redacting twice is the same as once.
 */
function redactSpellings(text: string, index: SpellingIndex): string {
  let result = '';
  let done = 0;
  for (let at = 0; at + SHORTEST_SECRET <= text.length;) {
    const found = text.startsWith(REDACTED, at)
      ? REDACTED
      : index.get(text.slice(at, at + SHORTEST_SECRET))?.find((spelling) => text.startsWith(spelling, at));
    if (found === undefined) {
      at++;
      continue;
    }
    result += text.slice(done, at) + REDACTED;
    at += found.length;
    done = at;
  }
  return done === 0 ? text : result + text.slice(done);
}

const URL_USER = /([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/?#"'<>]*@/gi;
const COOKIE = /\b((?:set-)?cookie["']?\s*[:=]\s*["']?)[^\r\n"']+/gi;
const HEADER_NAME = String.raw`(?:proxy-)?authorization|(?:x-)?(?:private|api|auth|gitlab)-?(?:token|key)`;
/** Schemes whose credentials are several words take the rest of the line. */
const HEADER_VALUE = String.raw`(?:(?:digest|negotiate|ntlm|aws4-hmac-sha256)\s[^\r\n]*|(?:(?:bearer|basic|token|apikey)\s+)?[^\s"',;]+)`;
const HEADER = new RegExp(String.raw`\b((?:${HEADER_NAME})["']?\s*[:=]\s*["']?)${HEADER_VALUE}`, 'gi');
const SCHEME = /\b(bearer|basic)\s+([\w.~+/=-]+)/gi;
const PARAMETER_NAME = String.raw`access_token|refresh_token|id_token|token|password|secret|client_secret|api_key|signature|sig|x-amz-[a-z-]+`;
const PARAMETER = new RegExp(String.raw`([?&](?:${PARAMETER_NAME})=)[^&#\s"']+`, 'gi');

/** Removes what is a secret by its position in the text, registered or not. */
function redactShapes(text: string): string {
  return text
    .replace(URL_USER, '$1')
    .replace(COOKIE, `$1${REDACTED}`)
    .replace(HEADER, `$1${REDACTED}`)
    .replace(SCHEME, (all: string, scheme: string, word: string) =>
      isProse(scheme, word) ? all : `${scheme} ${REDACTED}`,
    )
    .replace(PARAMETER, `$1${REDACTED}`);
}

const PROSE =
  /^(?:realm=?|auth|authentication|authorization|challenges?|tokens?|schemes?|logins?|credentials?|and|or|is|was|not|nor|with|for|header)\.?$/i;

/** `Basic authentication` and `a basic check` are words; after `Bearer` and `Basic` with a capital anything else is a secret. */
function isProse(scheme: string, word: string): boolean {
  if (PROSE.test(word)) return true;
  return /^[a-z]/.test(scheme) && /^[a-z]+$/.test(word);
}
