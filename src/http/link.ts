/** Node.js reads no more than this of all headers together. */
const LONGEST_HEADER = 16_384;

/** One target and its parameters, `<` and `>` optional, since some registries leave them out. */
const LINK = /(?:^|,)\s*(?:<([^<>]*)>|([^;,\s<>]+))((?:\s*;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^\s;,"]*))*)/g;
const RELATION = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))/i;

/**
 * The target of `rel="next"` in a `Link` header (RFC 8288), as it stands there. A link without any relation counts: the
 * OCI distribution spec knows no other on a tag list. `undefined` when there is no next page.
 */
export function nextTarget(header: string | undefined): string | undefined {
  for (const [, bracketed, bare, parameters = ''] of (header ?? '').slice(0, LONGEST_HEADER).matchAll(LINK)) {
    const target = bracketed ?? bare ?? '';
    if (target !== '' && isNext(parameters)) return target;
  }
  return undefined;
}

function isNext(parameters: string): boolean {
  const relation = RELATION.exec(parameters);
  if (relation === null) return true;
  return (relation[1] ?? relation[2] ?? '').toLowerCase().split(/\s+/).includes('next');
}
