import type { Config } from '../config/config.ts';

/** One place to listen at, and what is served there. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly probes: boolean;
  readonly metrics: 'none' | 'plain' | 'secure';
  /** The keys that name the place. */
  readonly setBy: string;
}

type Server = Pick<
  Config['server'],
  'address' | 'healthPort' | 'metricsPort' | 'healthAddress' | 'metricsAddress' | 'metricsSecure'
>;

const HEALTH = 'server.healthAddress';
const METRICS = 'server.metricsAddress';
const PORTS = 'server.healthPort, server.metricsPort or server.address; a port of 0 is off';

/**
 * Where probes and metrics are served. Argo CD Image Updater 0.x has probes at port 8080 and metrics at 8081, and 1.x has
 * probes at 8081 and metrics only where they are asked for. So the port of metrics answers probes too, and keeps to
 * them where metrics have an address of their own: the Deployments of both are served.
 */
export function listenersOf(server: Server): readonly Listener[] {
  const { address, healthPort, metricsPort, healthAddress, metricsAddress, metricsSecure } = server;
  const kind = metricsSecure ? 'secure' : 'plain';
  const named: readonly Listener[] = [
    ...(healthAddress === undefined
      ? []
      : [{ ...healthAddress, probes: true, metrics: 'none', setBy: HEALTH } as const]),
    ...(metricsAddress === undefined
      ? []
      : [{ ...metricsAddress, probes: false, metrics: kind, setBy: METRICS } as const]),
  ];
  const usual: readonly Listener[] = [
    ...(healthAddress === undefined
      ? [{ address, port: healthPort, probes: true, metrics: 'none', setBy: PORTS } as const]
      : []),
    ...(metricsAddress === undefined || healthAddress === undefined
      ? [
          {
            address,
            port: metricsPort,
            probes: healthAddress === undefined,
            metrics: metricsAddress === undefined ? 'plain' : 'none',
            setBy: PORTS,
          } as const,
        ]
      : []),
  ];
  return usual.reduce(withUsual, named.reduce(withNamed, [])).filter(({ port }) => port !== 0);
}

/** Two of them at one place are one listener. */
function withNamed(before: readonly Listener[], next: Listener): readonly Listener[] {
  return joined(before, next, (one) => one.port === next.port && one.address === next.address);
}

/** A place that nobody named gives way: at its port all is served where it was named, and over HTTPS nothing is added. */
function withUsual(before: readonly Listener[], next: Listener): readonly Listener[] {
  if (before.some(({ port, metrics }) => port === next.port && metrics === 'secure')) return before;
  return joined(before, next, (one) => one.port === next.port);
}

function joined(
  before: readonly Listener[],
  next: Listener,
  isSame: (one: Listener) => boolean,
): readonly Listener[] {
  const at = before.findIndex(isSame);
  const one = before[at];
  if (one === undefined) return [...before, next];
  const metrics = one.metrics === 'none' ? next.metrics : one.metrics;
  return before.with(at, { ...one, probes: one.probes || next.probes, metrics });
}
