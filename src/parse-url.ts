/**
 * A URL, or `undefined` for text that is none. `URL.canParse` is not used anywhere: once Node.js 20 has compiled the call, it
 * refuses text with a letter such as ü, which `new URL` takes.
 */
export function parseUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
