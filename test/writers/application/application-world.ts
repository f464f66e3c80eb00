import type { ApplicationChangeSet, PlannedChange } from '../../../src/core/change.ts';
import type { ApplicationTarget } from '../../../src/edits/application/edit-application.ts';
import { APPLICATIONS, type KubeClient, type KubeObject } from '../../../src/kube/kube-client.ts';
import type { ApplicationWriter } from '../../../src/ports/application-writer.ts';
import type { Log } from '../../../src/ports/log.ts';
import { createApplicationWriter } from '../../../src/writers/application/application-writer.ts';
import { HELM } from '../../edits/application/changes.ts';
import type { KubeStandIn, KubeStandInOptions } from '../../helpers/kube-stand-in/kube-stand-in.ts';
import { createVirtualClock, type VirtualClock } from '../../helpers/virtual-clock.ts';
import { connect, startServer } from '../../kube/stand-in.ts';

export interface ApplicationWorld {
  readonly server: KubeStandIn;
  readonly kube: KubeClient;
  readonly clock: VirtualClock;
  readonly writer: ApplicationWriter;
  readonly logLines: readonly string[];
  put(application: KubeObject): KubeObject;
  get(name?: string): KubeObject | undefined;
  /** The source of an Application, as it is stored. */
  source(name?: string): unknown;
  /** How many patches were asked for. */
  patches(): number;
}

/** An API server, the real client and the real writer. */
export async function createApplicationWorld(
  options: KubeStandInOptions & { readonly attempts?: number } = {},
): Promise<ApplicationWorld> {
  const server = await startServer(options);
  const clock = createVirtualClock();
  const kube = await connect(server, { clock });
  const logLines: string[] = [];
  const line = (message: string, fields = {}) => void logLines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { trace: line, debug: line, info: line, warn: line, error: line, with: () => log };
  return {
    server,
    kube,
    clock,
    logLines,
    writer: createApplicationWriter({ kube, clock, log, attempts: options.attempts ?? 5 }),
    put: (application) => server.objects.put(APPLICATIONS, application),
    get: (name = 'shop') => server.objects.get(APPLICATIONS, 'argocd', name),
    source: (name = 'shop') => specOf(server.objects.get(APPLICATIONS, 'argocd', name))['source'],
    patches: () => server.requests.filter(({ verb }) => verb === 'patch').length,
  };
}

export function specOf(application: KubeObject | undefined): Readonly<Record<string, unknown>> {
  const spec = application?.['spec'];
  return typeof spec === 'object' && spec !== null ? { ...spec } : {};
}

export function aSet(
  changes: readonly PlannedChange[],
  target: ApplicationTarget = HELM,
  name = 'shop',
): ApplicationChangeSet {
  return { application: { namespace: 'argocd', name }, target, changes };
}

/** What is stored of an Application is what we do not own: everything but its version and the source. */
export function beside(application: KubeObject | undefined): string {
  const { metadata, spec, ...rest } = application ?? {};
  const { resourceVersion: _version, generation: _generation, ...others } = metadata ?? {};
  const { source: _source, ...besideSource } = specOf({ spec });
  return JSON.stringify([others, besideSource, rest]);
}
