import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TagFacts, TagListing, TagNeeds } from '../../src/core/tags/facts.ts';
import type { Login } from '../../src/ports/logins.ts';
import type { Observer } from '../../src/ports/observer.ts';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import {
  buildRegistry,
  type ClosableRegistry,
  type RegistryOptions,
} from '../../src/registries/build-registry.ts';
import {
  startStandIn,
  type Handler,
  type StandIn,
  type StandInOptions,
} from '../helpers/registry-stand-in.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';
import { createPrivateCa } from '../helpers/certificates.ts';
import { madeOnceSync } from '../helpers/run-folder.ts';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.ts';

export const ANONYMOUS: Login = { kind: 'anonymous', identity: 'anonymous' };

export const DIGEST_ONLY: TagNeeds = { images: false, created: undefined };
export const IMAGES: TagNeeds = { images: true, created: undefined };
export const EVERYTHING: TagNeeds = { images: true, created: [] };

export function basicLogin(username: string, password: string, identity = 'env:TEST'): Login {
  return { kind: 'basic', identity, username, password };
}

export type RequestEvent = Parameters<Observer['registryRequest']>[0];

export type FreezeEvent = Parameters<Observer['registryFrozen']>[0];

export interface Asking {
  readonly registry: ClosableRegistry;
  /** With its port. */
  readonly host: string;
  readonly clock: VirtualClock;
  /** Every request so far, as `tags 200`. */
  readonly requests: () => readonly string[];
  readonly events: readonly RequestEvent[];
  readonly freezes: readonly FreezeEvent[];
  listTags(login?: Login, path?: string): Promise<TagListing>;
  describe(tag: string, needs: TagNeeds, login?: Login): Promise<TagFacts>;
}

export interface AskingOptions extends Partial<RegistryOptions> {
  readonly endpoint?: Partial<RegistryEndpoint>;
  readonly path?: string;
  /** What the clock says at first; the real time unless said, since real tokens bear real dates. */
  readonly startAt?: number;
}

/** Our registry side, asking the registry at `url` and nobody else. Closed after the test. */
export function askAt(
  url: string,
  { endpoint, path = 'acme/api', startAt = Date.now(), ...options }: AskingOptions = {},
): Asking {
  const clock = createVirtualClock(startAt);
  const events: RequestEvent[] = [];
  const freezes: FreezeEvent[] = [];
  const registry = buildRegistry({
    endpoints: [anEndpoint(url, endpoint)],
    clock,
    observer: {
      registryRequest: (event) => events.push(event),
      registryFrozen: (event) => freezes.push(event),
    },
    userAgent: 'lynceus/test',
    timeouts: { response: 2000, total: 4000 },
    ...options,
  });
  onTestFinished(() => registry.close());
  const host = new URL(url).host;
  const { signal } = new AbortController();
  return {
    registry,
    host,
    clock,
    events,
    freezes,
    requests: () => events.map(({ kind, status }) => `${kind} ${status}`),
    listTags: (login = ANONYMOUS, of = path) =>
      registry.listTags({ repository: { registry: host, path: of }, login }, signal),
    describe: (reference, needs, login = ANONYMOUS) =>
      registry.describe({ repository: { registry: host, path }, login, reference, needs }, signal),
  };
}

/** A server that answers what the test says. Stopped after the test. */
export async function aStandIn(handler: Handler, options: StandInOptions = {}): Promise<StandIn> {
  const server = await startStandIn(handler, options);
  onTestFinished(() => server.stop());
  return server;
}

/** The same over HTTPS, with the PEM of its private authority, which all of them have in common. */
export async function aTlsStandIn(
  handler: Handler,
): Promise<{ readonly server: StandIn; readonly ca: string }> {
  const folder = madeOnceSync('tls-stand-in', createPrivateCa);
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const tls = { key: read('server.key'), cert: read('server.pem') };
  return { server: await aStandIn(handler, { tls }), ca: read('authority.pem') };
}
