import { startServer } from '../../src/server/server.ts';
import type { Routes } from '../../src/server/routes.ts';
import { webAssets, type WebAssets } from '../../src/web/assets.ts';
import { webRoutes } from '../../src/web/pages.ts';
import type { ExampleReader } from './example-status.ts';

export interface WebServer extends AsyncDisposable {
  readonly origin: string;
}

/** The script and the style as the build makes them. */
export async function bundledAssets(): Promise<WebAssets> {
  const { buildWebAssets } = await import('../../.ci/web-assets.mjs');
  return webAssets(await buildWebAssets());
}

/** Serves the pages of a reader on a loopback port, and its events. */
export async function startWebServer({
  reader,
  assets,
  now = () => Date.now(),
  port = 0,
}: {
  readonly reader: ExampleReader;
  readonly assets: WebAssets;
  readonly now?: () => number;
  readonly port?: number;
}): Promise<WebServer> {
  const errors: unknown[] = [];
  const server = await startServer({
    address: '127.0.0.1',
    port,
    routes: { ...eventRoutes(reader), ...webRoutes({ readerFor: () => reader, clock: { now }, assets }) },
    onError: (error) => errors.push(error),
  });
  return {
    origin: `http://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      await server.close();
      if (errors.length > 0) throw new AggregateError(errors, 'a route failed');
    },
  };
}

/** As docs/status.md describes them. */
function eventRoutes(reader: ExampleReader): Routes {
  return {
    '/api/v1/events': () => ({
      status: 200,
      contentType: 'text/event-stream',
      stream({ write, gone }) {
        write(': hello\n\n');
        const stop = reader.subscribe((imageIds) =>
          write(
            `event: status\ndata: ${JSON.stringify({ revision: reader.overview().revision, imageIds })}\n\n`,
          ),
        );
        gone.addEventListener('abort', stop);
      },
    }),
  };
}
