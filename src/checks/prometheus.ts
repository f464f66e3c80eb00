import { namesAnImage, type CheckValues } from '../core/verification/check-template.ts';
import type { PrometheusQuestion } from '../core/verification/check-spec.ts';
import { parseComparison } from '../core/verification/comparison.ts';
import { parseQueryTemplate, renderQuoted } from '../core/verification/quoted-template.ts';
import { parseUrlTemplate, renderUrl } from '../core/verification/url-template.ts';
import { onOneLine } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { parseJsonObject } from '../http/json.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { CheckSubject } from '../ports/checks.ts';
import type { CheckServers } from './check-server.ts';
import { judge } from './judge-series.ts';
import { unasked, worstMeasured, type Finding, type OpenCheck } from './open-check.ts';
import { errorIn, seriesIn, warningsIn } from './prometheus-answer.ts';
import { valuesOf } from './subject-values.ts';

const LARGEST_ANSWER = 4 * 1024 * 1024;
/** What a proxy in front that lets nobody write answers; Go's client for the API turns to GET as well (api/client.go). */
const NO_POST = new Set([405, 501]);

interface Query {
  readonly url: URL;
  /** Form fields. */
  readonly form: string;
}

/** Queries by the HTTP API of Prometheus, as Thanos, Mimir and VictoriaMetrics have it too. */
export function openPrometheus(question: PrometheusQuestion, servers: CheckServers): OpenCheck {
  const base = parseUrlTemplate(question.url.replace(/\/+$/, ''));
  const query = parseQueryTemplate(question.query);
  const isForEachImage = namesAnImage(query.template) || namesAnImage(base);
  const { successWhen, noData } = question;
  const expectation = { comparison: parseComparison(successWhen), text: successWhen, noData };

  /** Several images may ask the same. */
  function queriesOf(
    subject: CheckSubject,
  ): readonly { readonly text: string; readonly values: CheckValues }[] {
    const all = valuesOf(subject, isForEachImage).map((values) => ({
      text: renderQuoted(query, values),
      values,
    }));
    return [...new Map(all.map((one) => [`${renderUrl(base, one.values).href} ${one.text}`, one])).values()];
  }

  function queryOf({ text, values }: { text: string; values: CheckValues }, at: number): Query {
    const { range } = question;
    const url = renderUrl(base, values);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/${range === undefined ? 'query' : 'query_range'}`;
    const times =
      range === undefined
        ? { time: seconds(at) }
        : { start: seconds(at - range.over), end: seconds(at), step: seconds(range.step) };
    return { url, form: new URLSearchParams({ query: text, ...times }).toString() };
  }

  async function measureOne(
    asked: Query,
    ask: (request: HttpRequest) => Promise<HttpResponse>,
  ): Promise<Finding> {
    const posted = await ask(postOf(asked));
    return findingOf(NO_POST.has(posted.status) ? await ask(getOf(asked)) : posted);
  }

  function findingOf({ status, body, url }: HttpResponse): Finding {
    const answer = parseJsonObject(body);
    const error = errorIn(answer);
    const where = url.host;
    if (error !== undefined) return unasked(`${where} refuses the query: ${error}`);
    if (status !== 200) throw unexpected(where, status);
    const warnings = warningsIn(answer ?? {});
    if (warnings !== undefined) return unasked(`${where} warns that its answer may not be all: ${warnings}`);
    return judge(seriesIn(answer), expectation);
  }

  return {
    isReplayable: true,
    questions: (subject, at) =>
      queriesOf(subject).map((one) => {
        const { url } = queryOf(one, at);
        return onOneLine(`${url.href}: ${one.text.trim()}`);
      }),
    async measure(subject, at, signal) {
      const asked = queriesOf(subject).map((one) => queryOf(one, at));
      const ask = (request: HttpRequest): Promise<HttpResponse> =>
        servers.ask({ access: question, request, isRepeatable: true, subject, at }, signal);
      return await worstMeasured(asked.map((one) => measureOne(one, ask)));
    },
  };
}

function postOf({ url, form }: Query): HttpRequest {
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url, headers, body: form, maxBytes: LARGEST_ANSWER };
}

function getOf({ url, form }: Query): HttpRequest {
  const withQuery = new URL(url);
  withQuery.search = form;
  const headers = { accept: 'application/json' };
  return { method: 'GET', url: withQuery, headers, redirects: 'same-host', maxBytes: LARGEST_ANSWER };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(3);
}

function unexpected(where: string, status: number): LynceusError {
  const isLogin = status === 401 || status === 403;
  return new LynceusError('check-unasked', `${where} answers the query with status ${status}`, {
    hint: isLogin
      ? 'see tokenFrom, usernameFrom, passwordFrom and headers of the check'
      : 'see the url of the check',
  });
}
