import type { Config, WebhookSecretConfig } from '../config/config.ts';
import { readSecret } from '../credentials/own-git-login.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { ServerTls } from '../server/tls.ts';
import { startServer } from '../server/server.ts';
import { createAllowance } from '../triggers/webhooks/allowance.ts';
import { createWebhookAnswer, type WebhookOptions } from '../triggers/webhooks/answer-webhook.ts';
import type { Leadership } from '../ports/leadership.ts';
import { createPushQueue, type PushQueue } from '../triggers/pushes.ts';
import { createTakeEvents } from '../triggers/webhooks/take-events.ts';
import { SENDERS } from '../triggers/webhooks/senders/index.ts';
import type { Environment } from './environment.ts';
import { openServerTls } from './open-server-tls.ts';
import { replicaPlaceOf } from './replica-place.ts';

/** As with Argo CD Image Updater. */
const WEBHOOK_PORT = 8082;

/** GitHub's payloads are larger than those of registries, and well below this. */
const MOST_BYTES = 1024 * 1024;

export interface WebhookParts extends Pick<WebhookOptions, 'count'> {
  readonly leadership: Pick<Leadership, 'announce' | 'leaderPlace'>;
  /** Whether this process leads. */
  readonly leads: () => boolean;
}

export interface Webhooks {
  /** What was pushed, as webhooks tell. */
  readonly pushes: PushQueue;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens for webhooks. Throws `config-invalid` and `credentials-…` when the port, the certificate or a
 * secret cannot be had.
 */
export async function composeWebhooks(
  { server, webhooks }: Pick<Config, 'server' | 'webhooks'>,
  environment: Environment,
  { leadership, leads, count }: WebhookParts,
): Promise<Webhooks> {
  const { clock, log } = environment;
  const pushes = createPushQueue({ clock });
  const secrets = await readWebhookSecrets(webhooks.secrets, environment);
  const tls = webhooks.tls ? await openServerTls(server, environment) : undefined;
  const ending = new AbortController();
  const { requireSecret, perHour, port = WEBHOOK_PORT } = webhooks;
  const answer = createWebhookAnswer({
    senders: SENDERS,
    secrets,
    requireSecret,
    allowance: createAllowance(perHour, clock),
    take: createTakeEvents({ pushes, leads, leadership, clock, log, signal: ending.signal }),
    count,
    clock,
    log,
  });
  const running = await startServer({
    address: server.address,
    port,
    routes: {
      '/webhook': { mostBytes: MOST_BYTES, post: answer },
      '/healthz': () => ({ status: 200, body: 'OK' }),
    },
    tls,
    setBy: 'webhooks.port or server.address',
    onError: (err) => log.error('a webhook failed', { err }),
  });
  leadership.announce('webhooks', () => replicaPlaceOf(server.address, running.port, tls));
  logStart(log, { port: running.port, tls, secrets, requireSecret });
  return {
    pushes,
    port: running.port,
    close() {
      ending.abort();
      return running.close();
    },
  };
}

/** By type. A default that is not set gives none; a place that somebody named must have a secret. */
async function readWebhookSecrets(
  places: readonly WebhookSecretConfig[],
  { env, registerSecret }: Environment,
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  for (const { type, key, from, required } of places) {
    if (!required && from.kind === 'env' && (env[from.variable] ?? '') === '') continue;
    const secret = await readSecret(from, { env, what: `secret of webhooks (${key})` }).catch(
      (thrown: unknown) => {
        const { code, message } = asLynceusError(thrown);
        throw new LynceusError(code, message, {
          cause: thrown,
          hint: 'see docs/webhooks.md, "Who may send"',
        });
      },
    );
    if (secret === '')
      throw new LynceusError('credentials-missing', `the secret of webhooks (${key}) is empty`);
    registerSecret?.(secret);
    secrets.set(type, secret);
  }
  return secrets;
}

interface Started {
  readonly port: number;
  readonly tls: ServerTls | undefined;
  readonly secrets: ReadonlyMap<string, string>;
  readonly requireSecret: boolean;
}

function logStart(log: Environment['log'], { port, tls, secrets, requireSecret }: Started): void {
  const types = [...secrets.keys()].join(', ');
  const certificate = tls?.certificate().selfSigned === true ? 'self-signed' : 'from files';
  log.info('listening for webhooks', { port, tls: tls === undefined ? 'off' : certificate, types });
  if (!requireSecret)
    log.warn('webhooks of the types without a secret are taken from everybody', {
      types: SENDERS.flatMap(({ type }) => (secrets.has(type) ? [] : [type])).join(', '),
    });
  else if (secrets.size === 0)
    log.warn('no secret for webhooks is set, so every webhook is refused', {
      reason: 'set a variable such as DOCKER_WEBHOOK_SECRET, or a place under webhooks.secrets',
    });
}
