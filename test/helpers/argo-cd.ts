import { APPLICATIONS, type KubeObject } from '../../src/kube/kube-client.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { KubeStandIn } from './kube-stand-in/kube-stand-in.ts';

/** What Argo CD's controller does with the Applications of a cluster, when a test says so. Nothing happens by itself. */
export interface ArgoCd {
  /**
   * Compares an Application with a commit and deploys it, as automated sync does. `health` is how it is afterwards, since
   * now where that is a change.
   */
  sync(name: string, revision: string, health?: string): void;
  /** Compares it with a commit without deploying that: it is out of sync where another one was deployed last. */
  compare(name: string, revision: string): void;
  /** A sync that does not succeed. */
  failSync(name: string, revision: string): void;
  setHealth(name: string, health: string): void;
  /** `argocd app rollback`: deploys an older commit while the branch is where it was; automated sync ends. */
  rollBack(name: string, revision: string): void;
}

interface Status {
  readonly sync?: { readonly status: string; readonly revision: string };
  readonly health?: { readonly status: string; readonly lastTransitionTime: string };
  readonly history?: readonly {
    readonly id: number;
    readonly revision: string;
    readonly deployedAt: string;
  }[];
  readonly operationState?: unknown;
}

export function createArgoCd(
  kube: Pick<KubeStandIn, 'objects'>,
  clock: Pick<Clock, 'now'>,
  namespace = 'argocd',
): ArgoCd {
  const now = () => new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');

  function change(name: string, next: (status: Status) => Status, spec?: Readonly<Record<string, unknown>>) {
    const object = kube.objects.get(APPLICATIONS, namespace, name);
    if (object === undefined) throw new Error(`there is no Application ${name}`);
    const { spec: before, status = {} } = object as KubeObject & {
      readonly spec: object;
      readonly status?: Status;
    };
    const written = { ...object, spec: { ...before, ...spec }, status: { ...status, ...next(status) } };
    kube.objects.put(APPLICATIONS, written as KubeObject);
  }

  function healthOf({ health }: Status, wanted: string): NonNullable<Status['health']> {
    return health?.status === wanted ? health : { status: wanted, lastTransitionTime: now() };
  }

  function deployed(status: Status, revision: string): Pick<Status, 'history' | 'operationState'> {
    const { history = [] } = status;
    const entry = { id: (history.at(-1)?.id ?? -1) + 1, revision, deployStartedAt: now(), deployedAt: now() };
    return { history: [...history, entry].slice(-10), operationState: operation('Succeeded', revision) };
  }

  function operation(phase: string, revision: string): unknown {
    return {
      phase,
      operation: { sync: { revision } },
      syncResult: { revision },
      startedAt: now(),
      finishedAt: now(),
    };
  }

  return {
    sync(name, revision, health = 'Healthy') {
      change(name, (status) => ({
        sync: { status: 'Synced', revision },
        health: healthOf(status, health),
        ...(status.history?.at(-1)?.revision === revision ? {} : deployed(status, revision)),
      }));
    },
    compare(name, revision) {
      change(name, ({ history }) => ({
        sync: { status: history?.at(-1)?.revision === revision ? 'Synced' : 'OutOfSync', revision },
      }));
    },
    failSync(name, revision) {
      change(name, () => ({
        sync: { status: 'OutOfSync', revision },
        operationState: operation('Failed', revision),
      }));
    },
    setHealth(name, health) {
      change(name, (status) => ({ health: healthOf(status, health) }));
    },
    rollBack(name, revision) {
      change(
        name,
        (status) => ({
          sync: { status: 'OutOfSync', revision: status.sync?.revision ?? revision },
          ...deployed(status, revision),
        }),
        { syncPolicy: {} },
      );
    },
  };
}
