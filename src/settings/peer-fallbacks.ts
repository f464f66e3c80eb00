import type { RegistryEntry } from './registry.ts';

/**
 * A setting that Argo CD Image Updater goes on without when its value cannot be used: by a warning and its default, or without a
 * word. There it must not keep an existing installation from starting here. With every other fault it ends, and so does Lynceus.
 */
interface PeerFallback {
  readonly path: string;
  /** Whatever the variable holds. */
  readonly variable?: true;
  /** The flag, if its text is such; of another text the command line there makes nothing. */
  readonly flag?: RegExp;
}

const ANY = /^/;
const NUMBER = /^[-+]?\d+$/;
const NEGATIVE = /^-\d+$/;
const AT_LEAST_ONE = /^\+?0*[1-9]\d*$/;
const DURATION = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

// One row a line: this is a table.
// prettier-ignore
const PEER_FALLBACKS: readonly PeerFallback[] = [
  { path: 'applications.concurrency', variable: true, flag: AT_LEAST_ONE },
  { path: 'cluster.events', variable: true },
  { path: 'schedule.interval', variable: true, flag: DURATION },
  { path: 'git.author.name', variable: true, flag: ANY },
  { path: 'git.author.email', variable: true, flag: ANY },
  { path: 'git.signing.method', variable: true, flag: ANY },
  { path: 'git.signOff', variable: true },
  { path: 'git.messageTemplateFile', flag: ANY },
  { path: 'git.timeout', variable: true },
  { path: 'registriesFile', flag: ANY },
  { path: 'server.healthPort', flag: NEGATIVE },
  { path: 'server.metricsPort', flag: NEGATIVE },
  { path: 'webhooks.enabled', variable: true },
  { path: 'webhooks.port', variable: true },
  { path: 'webhooks.tls', variable: true },
  { path: 'webhooks.requireSecret', variable: true },
  { path: 'webhooks.perHour', variable: true, flag: NUMBER },
];

/** Whether Argo CD Image Updater starts although a flag or variable has this text. */
export function peerFallsBack(path: string, place: 'variable' | 'flag', text: string): boolean {
  const found = PEER_FALLBACKS.find((one) => one.path === path);
  if (found === undefined) return false;
  return place === 'variable' ? found.variable === true : (found.flag?.test(text) ?? false);
}

/** Texts in `registries.conf` with which it starts, by the key that they stand at. */
const PEER_CONF_FALLBACKS: Partial<Readonly<Record<keyof RegistryEntry, RegExp>>> = {
  apiUrl: /\S/,
  prefix: ANY,
  credentials: ANY,
  credentialsExpire: /^(?:[-+]?\d+(?:\.\d+)?|-.*[a-zµ])$/,
  defaultNamespace: ANY,
  limit: NUMBER,
};

/** The same for the value of a key of an entry of `registries.conf`. */
export function peerFallsBackInConf(key: string, text: string): boolean {
  const found = Object.entries(PEER_CONF_FALLBACKS).find(([name]) => name === key);
  return found?.[1].test(text) ?? false;
}
