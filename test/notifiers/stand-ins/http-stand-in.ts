import type { ServerResponse } from 'node:http';
import { serve, type Received } from '../../checks/http-server.ts';
import type { Answer, Reading, ServiceStandIn, Tls } from './service-stand-in.ts';

export interface HttpService {
  /** Its own settings and secrets, when it listens at this URL. */
  readonly setUp: (url: string) => Pick<ServiceStandIn, 'row' | 'secrets'>;
  readonly read: (request: Received) => Reading;
  /** What it answers to a notice that it took. */
  readonly receipt: { readonly status: number; readonly body?: string };
  /** What it says, with a status of failure. */
  readonly bodies?: Partial<Record<Answer, string>>;
}

const STATUS: Partial<Record<Answer, number>> = {
  denied: 403,
  refused: 400,
  limited: 429,
  failing: 503,
  garbage: 200,
  elsewhere: 307,
};

/** A service on real HTTP. */
export async function serveService(
  { setUp, read, receipt, bodies = {} }: HttpService,
  tls?: Tls,
): Promise<ServiceStandIn> {
  let how: Answer = 'done';

  function answer(response: ServerResponse): void {
    if (how === 'silent') return;
    if (how === 'cut') return void response.destroy();
    if (how === 'done') return void response.writeHead(receipt.status).end(receipt.body);
    const headers = {
      ...(how === 'limited' || how === 'failing' ? { 'retry-after': '7' } : {}),
      ...(how === 'elsewhere' ? { location: '/elsewhere' } : {}),
    };
    response.writeHead(STATUS[how] ?? 500, headers).end(bodies[how] ?? '<html>Please log in</html>');
  }

  const { url, received } = await serve((_request, response) => answer(response), tls);
  const { row, secrets } = setUp(url);
  return {
    row,
    secrets,
    get sent() {
      return received.map((request) => () => read(request));
    },
    answer(next) {
      how = next;
    },
  };
}

/** Path, headers and body of a request, from which the login is taken away. */
export function restOf({ path, headers, body }: Received, login: string | undefined): string {
  const all = [path, ...Object.entries(headers).flat(), body].join('\n');
  return login === undefined ? all : all.replace(login, '');
}

/** The last part of the path, as an incoming webhook has it. */
export function secretOfPath({ path }: Received): string | undefined {
  return new URL(path, 'http://127.0.0.1').pathname.split('/').at(-1);
}

/** The settings of a service that is reached by an incoming webhook. */
export function byWebhook(kind: string, tls?: Tls): HttpService['setUp'] {
  return (url) => ({
    row: { [kind]: { webhookFrom: 'env:WEBHOOK', ...(tls === undefined ? {} : { caFile: tls.caFile }) } },
    secrets: { 'env:WEBHOOK': `${url}/services/T0001/b7Xq2LmV9sWkHj4Z` },
  });
}
