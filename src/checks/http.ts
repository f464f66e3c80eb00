import { namesAnImage, type CheckValues } from '../core/verification/check-template.ts';
import type { HttpQuestion } from '../core/verification/check-spec.ts';
import { parseComparison, type CheckValue } from '../core/verification/comparison.ts';
import { parseJsonPath, valuesAt } from '../core/verification/json-path.ts';
import { parseBodyTemplate, renderQuoted } from '../core/verification/quoted-template.ts';
import { parseUrlTemplate, renderUrl } from '../core/verification/url-template.ts';
import { onOneLine } from '../core/quoted.ts';
import { parseJson } from '../http/json.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { CheckSubject } from '../ports/checks.ts';
import type { CheckServers } from './check-server.ts';
import { judge } from './judge-series.ts';
import { unasked, undecided, worstMeasured, type Finding, type OpenCheck } from './open-check.ts';
import { valuesOf } from './subject-values.ts';

const MEBIBYTE = 1024 * 1024;
/** Of an answer that is read, and of one of which the status alone counts. */
const LARGEST_JSON = MEBIBYTE;
const LARGEST_ANSWER = 8 * MEBIBYTE;
const TOO_MANY_REQUESTS = 429;

/** Requests to endpoints, by status and by values in their answers. */
export function openHttp(question: HttpQuestion, servers: CheckServers): OpenCheck {
  const { method = 'GET', statuses, json } = question;
  const url = parseUrlTemplate(question.url);
  const body = question.body === undefined ? undefined : parseBodyTemplate(question.body);
  const isForEachImage = namesAnImage(url) || (body !== undefined && namesAnImage(body.template));
  const expected = json && {
    path: json.path,
    steps: parseJsonPath(json.path),
    comparison: parseComparison(json.successWhen),
    text: json.successWhen,
  };

  function requestOf(values: CheckValues): HttpRequest {
    const isListed = statuses.some((status) => status >= 300 && status < 400);
    return {
      method,
      url: renderUrl(url, values),
      headers: {
        ...(expected === undefined ? {} : { accept: 'application/json' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: renderQuoted(body, values) }),
      redirects: isListed ? 'none' : 'same-host',
      maxBytes: expected === undefined ? LARGEST_ANSWER : LARGEST_JSON,
    };
  }

  /** Several images may ask the same. */
  function requestsOf(subject: CheckSubject): readonly HttpRequest[] {
    const all = valuesOf(subject, isForEachImage).map(requestOf);
    return [...new Map(all.map((one) => [questionText(one), one])).values()];
  }

  function findingOf(response: HttpResponse): Finding {
    const { status } = response;
    if (!statuses.includes(status)) return unexpectedStatus(response, question);
    if (expected === undefined) return { kind: 'success', detail: `status ${status}` };
    const content = contentOf(response);
    if (content === undefined) return undecided(`${response.url.host} answers with something else than JSON`);
    const values = valuesAt(content.value, expected.steps);
    if (values.length === 0) return undecided(`the answer has nothing at ${expected.path}`);
    const simple = values.filter(isCheckValue);
    if (simple.length < values.length)
      return undecided(`a list or a map is at ${expected.path}, which is no one value; name what is in it`);
    return judge([{ label: expected.path, values: simple }], { ...expected, noData: 'inconclusive' });
  }

  return {
    isReplayable: false,
    questions: (subject) => requestsOf(subject).map(questionText),
    async measure(subject, at, signal) {
      const ask = (request: HttpRequest): Promise<HttpResponse> =>
        servers.ask({ access: question, request, isRepeatable: false, subject, at }, signal);
      return await worstMeasured(requestsOf(subject).map(async (request) => findingOf(await ask(request))));
    },
  };
}

/** To a login, a refusal says nothing of the version. */
function unexpectedStatus(
  { status, url: { host } }: HttpResponse,
  { tokenFrom, usernameFrom, headers = [] }: HttpQuestion,
): Finding {
  const hasLogin =
    (tokenFrom ?? usernameFrom) !== undefined || headers.some(({ valueFrom }) => valueFrom !== undefined);
  if (status === TOO_MANY_REQUESTS) return unasked(`${host} answers with status 429: too many requests`);
  if (hasLogin && (status === 401 || status === 403))
    return unasked(`${host} answers with status ${status}: it does not take the login of the check`);
  return { kind: 'failure', detail: `${host} answers with status ${status}` };
}

function questionText({ method, url, body }: HttpRequest): string {
  return onOneLine(`${method} ${url.href}${body === undefined ? '' : `: ${body}`}`);
}

/** `undefined` for what is no JSON. */
function contentOf({ body }: HttpResponse): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(body) };
  } catch {
    return undefined;
  }
}

function isCheckValue(value: unknown): value is CheckValue {
  return value === null || ['number', 'string', 'boolean'].includes(typeof value);
}
