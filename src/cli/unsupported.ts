/** A flag of Argo CD Image Updater that has no counterpart here yet. */
interface UnsupportedFlag {
  readonly flag: string;
  /** What to do instead, when there is something. */
  readonly instead?: string;
}

const CLUSTER = 'leave it out: the Kubernetes API is used';
const PORTS = 'use --health-port and --metrics-port';

/** Refused rather than ignored: an ignored setting seems to work. */
export const UNSUPPORTED_FLAGS: readonly UnsupportedFlag[] = [
  { flag: '--applications-api', instead: CLUSTER },
  { flag: '--argocd-server-addr', instead: CLUSTER },
  { flag: '--argocd-grpc-web', instead: CLUSTER },
  { flag: '--argocd-insecure', instead: CLUSTER },
  { flag: '--argocd-plaintext', instead: CLUSTER },
  { flag: '--argocd-auth-token', instead: CLUSTER },
  { flag: '--disable-kubernetes', instead: 'leave it out, and name the manifests with --applications' },
  { flag: '--max-concurrent-reconciles', instead: 'use --max-concurrent-apps' },
  { flag: '--metrics-bind-address', instead: PORTS },
  { flag: '--metrics-secure', instead: PORTS },
  { flag: '--health-probe-bind-address', instead: PORTS },
  { flag: '--enable-http2' },
  { flag: '--rate-limit', instead: 'set limit in registries.conf' },
];

/** One sentence on a flag (`--rate-limit=5`) or command as it was typed, `undefined` when it is unknown. */
export function explainUnsupported(typed: string): string | undefined {
  const [name = ''] = typed.split('=');
  const found = UNSUPPORTED_FLAGS.find(({ flag }) => flag === name);
  if (found === undefined) return undefined;
  const instead = found.instead === undefined ? '' : ` (${found.instead})`;
  return `${found.flag} of Argo CD Image Updater is not supported yet${instead}`;
}

/** Variables for unsupported features, with the value that does not ask for the feature. */
const IGNORED_VARIABLES: readonly {
  readonly variable: string;
  readonly harmless: string;
  readonly missing: string;
}[] = [
  { variable: 'APPLICATIONS_API', harmless: 'kubernetes', missing: 'Applications are read from files' },
];

/** Those that are set, for a warning at the start. */
export function ignoredVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly { readonly variable: string; readonly missing: string }[] {
  return IGNORED_VARIABLES.flatMap(({ variable, harmless, missing }) => {
    const value = env[variable]?.trim().toLowerCase() ?? '';
    return value === '' || value === harmless ? [] : [{ variable, missing }];
  });
}
