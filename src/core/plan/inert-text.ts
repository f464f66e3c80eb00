import { plainLine } from '../quoted.ts';

/** Longest value, in characters: whoever builds an image writes its labels. */
const LONGEST = 500;

/** What hosts act on, and what takes its place: a space is enough for none of them to know it again. */
const ACTED_ON: readonly (readonly [RegExp, string])[] = [
  // Mentions; `@{id}` at Bitbucket, `@<id>` at Azure DevOps. An address of mail is none.
  [/(^|[^\w])@(?=[\w{<"-]|$)/g, '$1@ '],
  // Issues, with and without a repository before it, and smart commits of Jira.
  [/#(?=\d|$)/g, '# '],
  [/(^|\s)#(?=\w)/g, '$1# '],
  // Merge requests and epics of GitLab.
  [/(^|[^\w])([!&])(?=\d|$)/g, '$1$2 '],
  // Words that close something, before its key; `GH-1` is an issue of GitHub.
  [
    /\b(clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?|complet(?:e[sd]?|ing))(\W{1,3})(\w+)-(?=\d)/gi,
    '$1$2$3- ',
  ],
  [/\bGH-(?=\d)/gi, 'GH- '],
  [/\/(issues|pulls?|merge_requests|work_items|pull-?requests?|epics|_workitems\/edit)\/(?=\w)/gi, '/$1/ '],
  // What skips a pipeline, or makes a draft of a request.
  [/[[(]\s*((?:skip|no)[\s-]*\w+|\w+[\s-]*skip|draft|wip)\s*[\])]/gi, '$1'],
  [/\*{2,}/g, '*'],
  // Trailers, by which people and rules take somebody for the author of something.
  [/([\w-]*-by)\s*:/gi, '$1 -'],
  [
    /^(lynceus-[\w-]+|skip-checks|change-id|breaking[ -]change|clos(?:e[sd]?|ing)|fix(?:e[sd])|resolve[sd]?|refs?|cc|draft|wip)\s*:/i,
    '$1 -',
  ],
  // Commands at the beginning of a line.
  [/^\/(?=\w+(?:\s|$))/, '/ '],
];

/**
 * A value that others wrote (a label, a tag, a name), for a message or title that hosts show: on one line, with nothing
 * in it that they act on: mentions, issues that are closed, trailers, commands, pipelines that are skipped. Names and
 * versions as they usually are stay as they are.
 */
export function inertText(text: string): string {
  const line = plainLine(text.replace(/[^\P{Cc}\n\r\t]/gu, ''));
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  return ACTED_ON.reduce((now, [pattern, instead]) => now.replace(pattern, instead), short);
}

/**
 * The same for Markdown, as code: no link, no image, no HTML. What a function of a template made of several lines is no
 * code, and each character that Markdown or HTML knows is escaped.
 */
export function codeText(text: string): string {
  if (text.trim() === '') return text;
  if (text.includes('\n'))
    return text.replaceAll(/[\\`*_[\]<>|~!]/g, (sign) => `\\${sign}`).replaceAll('://', ':\\//');
  return `\`${text.replaceAll('`', "'")}\``;
}
