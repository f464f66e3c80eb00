const LONGEST_MESSAGE = 300;

/**
 * The message in an answer, as one short line without secrets: `message`, `error` or `errors` as GitHub, GitLab, Gitea,
 * Bitbucket and Azure DevOps have them.
 */
export function messageIn(content: unknown, secrets: readonly string[]): string {
  const texts = textsOf(content, 0).join('; ').replaceAll(/\s+/g, ' ').trim();
  const clean = secrets
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '***'), texts);
  return clean.length > LONGEST_MESSAGE ? `${clean.slice(0, LONGEST_MESSAGE)}…` : clean;
}

const MESSAGE_FIELDS = ['message', 'error', 'error_description', 'errors', 'detail', 'fields'];
const DEEPEST = 3;
const MOST_TEXTS = 5;

function textsOf(content: unknown, depth: number): readonly string[] {
  if (typeof content === 'string') return [content];
  if (typeof content !== 'object' || content === null || depth > DEEPEST) return [];
  if (Array.isArray(content)) return content.slice(0, MOST_TEXTS).flatMap((one) => textsOf(one, depth + 1));
  const fields = Object.entries(content).filter(([name]) => depth > 0 || MESSAGE_FIELDS.includes(name));
  const messages = fields.filter(([name]) => MESSAGE_FIELDS.includes(name));
  return (messages.length > 0 ? messages : fields)
    .slice(0, MOST_TEXTS)
    .flatMap(([, value]) => textsOf(value, depth + 1));
}
