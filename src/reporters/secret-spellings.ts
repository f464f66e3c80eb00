/**
 * The ways a secret may be spelled in text: as it is, in a URL or form, in a JSON string, in base64 (by itself or as
 * the middle of something longer), and of several lines each.
 */
export function spellingsOf(secret: string): readonly string[] {
  // By way of bytes, so that half a surrogate pair does not make a URL of it impossible.
  const plain = Buffer.from(secret.trim()).toString();
  const inUrl = encodeURIComponent(plain);
  const inForm = inUrl.replaceAll('%20', '+');
  const lower = inUrl.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  const inJson = JSON.stringify(plain).slice(1, -1);
  return [secret, plain, inUrl, inForm, lower, inJson, ...base64Of(plain), ...linesOf(plain)];
}

/** Of a private key each line is a secret, because tools print lines. */
function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/);
  return lines.length < 2 ? [] : lines.filter((line) => line.length >= 16 && !line.startsWith('-----'));
}

const SHORTEST_FRAGMENT = 6;

/** How the secret looks in base64 by itself, and as the middle of something longer at each of the three offsets. */
function base64Of(secret: string): readonly string[] {
  const fragments = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const text = bytes.toString('base64').replace(/=+$/, '');
    // Characters that hold bits of a neighbour differ from text to text.
    return text.slice([0, 2, 3][offset], bytes.length % 3 === 0 ? undefined : -1);
  });
  const whole = Buffer.from(secret).toString('base64');
  const standard = [whole, ...fragments.filter(({ length }) => length >= SHORTEST_FRAGMENT)];
  const forUrls = standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''));
  return [...standard, ...forUrls];
}
