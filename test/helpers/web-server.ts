import { startServer } from '../../src/server/server.ts';
import { statusRoutes } from '../../src/status/status-routes.ts';
import { REAL_CLOCK } from './flow-world.ts';
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

/** Serves the pages of a reader and its API on a loopback port. */
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
  const clock = { ...REAL_CLOCK, now };
  const server = await startServer({
    address: '127.0.0.1',
    port,
    routes: {
      ...statusRoutes({ readerFor: () => reader, clock, document: {} }),
      ...webRoutes({ readerFor: () => reader, clock, assets }),
    },
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
