import { LynceusError } from '../../errors.ts';
import { parseUrl } from '../../parse-url.ts';
import { quoted } from '../quoted.ts';
import {
  parseCheckTemplate,
  renderCheckTemplate,
  type CheckTemplate,
  type CheckValues,
} from './check-template.ts';

/** Everything up to the path. */
const AUTHORITY = /^https?:\/\/[^/?#\\]+[/?]/i;

/**
 * Reads a URL with placeholders in its path and query: no value can choose the host, which an administrator did. Throws
 * `config-invalid`.
 */
export function parseUrlTemplate(text: string): CheckTemplate {
  const template = parseCheckTemplate(text);
  const [first = ''] = template.literals;
  const url = parseUrl(template.literals.join('x'));
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw invalid(`expected an http or https URL, found ${quoted(text.replace(/\/\/[^/]*@/, '//…@'))}`);
  if (url.username !== '' || url.password !== '')
    throw invalid(
      'the URL holds a user name or password',
      'name their places with usernameFrom and passwordFrom',
    );
  if (url.hash !== '') throw invalid('the URL has a #, and what comes after it is never sent');
  if (template.placeholders.length > 0 && !AUTHORITY.test(first))
    throw invalid(
      `a placeholder stands in the host of ${quoted(text)}, where whoever names an Application would choose whom Lynceus asks`,
      'write the host out, and use placeholders after it',
    );
  return template;
}

/**
 * The URL for one write: a value stays within its part of the path, and within its parameter. Throws `template-invalid` for a value
 * that there is none of, and for one that would lead to another path.
 */
export function renderUrl(template: CheckTemplate, values: CheckValues): URL {
  const text = renderCheckTemplate(template, values, (value) =>
    encodeURIComponent(value.replaceAll(/\p{Cs}/gu, '\uFFFD')),
  );
  const [path = ''] = text.split('?');
  const url = parseUrl(text);
  const isLeading = path.split('/').some((part) => /^(?:\.|%2e){1,2}$/i.test(part));
  if (url === undefined || (isLeading && template.placeholders.length > 0))
    throw new LynceusError('template-invalid', `${quoted(path)} is no path that could be asked for`);
  return url;
}

function invalid(message: string, hint?: string): LynceusError {
  return new LynceusError('config-invalid', message, { hint });
}
