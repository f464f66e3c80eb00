import type { Config } from '../config/config.ts';
import { asLynceusError } from '../errors.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { StatusReader } from '../ports/status.ts';
import type { GetRequest, Reply, RouteReply, Routes } from '../server/routes.ts';
import { startServer, type RunningServer } from '../server/server.ts';
import { passedOnFor, readerForPassedOn } from '../status/extension-access.ts';
import { namesThisHost } from '../status/host-check.ts';
import { createPassOn } from '../status/pass-on.ts';
import { problemReply } from '../status/problem-reply.ts';
import { STATUS_PATH, statusRoutes } from '../status/status-routes.ts';
import { builtExtension, type ExtensionArchive } from '../web/extension-archive.ts';
import type { Environment } from './environment.ts';
import { replicaPlaceOf } from './replica-place.ts';

export interface ExtensionParts {
  readonly reader: StatusReader;
  readonly leadership: Pick<Leadership, 'announce' | 'leaderPlace'>;
  /** Whether this process leads. */
  readonly leads: () => boolean;
  /** The tab; else the one that the program was built with. */
  readonly archive?: ExtensionArchive;
}

/** Of the status API, the paths that are about one Application; an alias may have slashes, as Argo CD's proxy decodes paths. */
const PATHS: Readonly<Record<string, string>> = {
  '/images': '/images',
  '/images/{namespace}/{application}/{alias...}': '/images/{namespace}/{application}/{alias}',
  '/changes': '/changes',
  '/pipeline': '/pipeline',
};

/**
 * Serves what the tab on Argo CD's page asks (docs/argocd-extension.md), at a port of its own: here every request names the one Application
 * that may be seen, or gets nothing. Throws `config-invalid` when the port cannot be had.
 */
export async function composeExtension(
  { server }: Pick<Config, 'server'>,
  { clock, log }: Pick<Environment, 'clock' | 'log'>,
  { reader, leadership, leads, archive = builtExtension() }: ExtensionParts,
): Promise<RunningServer> {
  const ending = new AbortController();
  const passOn = createPassOn({ leadership, service: 'extension', clock, log, signal: ending.signal });
  const readerFor = (request: GetRequest): StatusReader => readerForPassedOn(reader, passedOnFor(request));
  const files = filesOf(archive);
  const running = await startServer({
    address: server.address,
    port: server.extensionPort,
    routes: { ...files, ...confinedRoutes(statusRoutes({ readerFor, clock, document: {} })) },
    setBy: 'server.extensionPort or server.address',
    onError: (err) => log.error("a request of Argo CD's page failed", { err }),
    async before(request) {
      // They are the same for everybody, and nobody has logged in when they are fetched.
      if (Object.hasOwn(files, request.path)) return undefined;
      return refusalOf(request, server.statusHosts) ?? (leads() ? undefined : await passOn(request));
    },
  });
  leadership.announce('extension', () => replicaPlaceOf(server.address, running.port, undefined));
  log.info("serving the tab on Argo CD's page", { port: running.port });
  return {
    port: running.port,
    async close() {
      ending.abort();
      await running.close();
    },
  };
}

function confinedRoutes(api: Routes): Routes {
  return Object.fromEntries(
    Object.entries(PATHS).flatMap(([path, ofApi]) => {
      const route = api[`${STATUS_PATH}${ofApi}`];
      return route === undefined ? [] : [[`${STATUS_PATH}${path}`, route]];
    }),
  );
}

function refusalOf(request: GetRequest, hosts: readonly string[]): Reply | undefined {
  if (!namesThisHost(request, hosts))
    return problemReply(421, 'usage-invalid', { detail: 'expected the name localhost or an address' });
  try {
    passedOnFor(request);
    return undefined;
  } catch (thrown) {
    const { code, line } = asLynceusError(thrown);
    return problemReply(403, code, { detail: line });
  }
}

function filesOf(archive: ExtensionArchive | undefined): Routes {
  const file = (contentType: string, body: RouteReply['body'] | undefined) => (): RouteReply =>
    body === undefined
      ? { status: 404, body: 'the tab is only in a program that was built\n' }
      : { status: 200, contentType, body };
  return {
    '/extension.tar.gz': file('application/gzip', archive?.bytes),
    '/extension_checksums.txt': file('text/plain; charset=utf-8', archive?.checksums),
  };
}
