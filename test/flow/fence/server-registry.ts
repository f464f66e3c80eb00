import { gzipSync } from 'node:zlib';
import { json, type Answer, type Seen } from '../../helpers/registry-stand-in.ts';
import type { Attempt } from './attempt.ts';

const BROKEN = 'registry-response-invalid|registry-response-too-large|limit-exceeded|registry-failed';
const REDIRECTED =
  'address-refused|registry-response-invalid|registry-denied|registry-failed|registry-unreachable';
const OTHER_REALM =
  'address-refused|registry-response-invalid|registry-denied|credentials-missing|realm-refused';
const TAGS = ['1.0.0', '1.1.0'];

/** Where answers of the attacker's registry point to. */
export interface Elsewhere {
  /** Host and port of another server of the company. */
  readonly company: string;
  /** Host and port of the API server. */
  readonly api: string;
  /** A folder of this machine. */
  readonly own?: string;
}

type Behaviour = (seen: Seen, elsewhere: Elsewhere) => Answer | undefined;

interface RegistryAttempt extends Omit<Attempt, 'by'> {
  readonly answers: Behaviour;
  /** The attacker's own login is given for it. */
  readonly login?: boolean;
  /** The server that it is on; one of its own unless said. */
  readonly host?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function redirect(location: string): Answer {
  return { status: 307, headers: { location } };
}

function bearer(realm: string): Behaviour {
  return () => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="${realm}",service="a",scope="repository:x:pull"` },
    body: '{}',
  });
}

function body(text: string | Buffer, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, headers: { 'content-type': 'application/json', ...headers }, body: text };
}

function withTags(...tags: readonly unknown[]): Behaviour {
  return ({ url }) =>
    url.pathname.endsWith('/tags/list') ? json({ name: 'x', tags: [...TAGS, ...tags] }) : undefined;
}

function nested(depth: number): string {
  return `{"name":"x","tags":${'['.repeat(depth)}${']'.repeat(depth)}}`;
}

function neighbour(host: string): RegistryAttempt {
  return {
    what: `another image of ${host}`,
    answers: () => undefined,
    host,
    ends: 'newer-version',
    writes: ['<own>/values.yaml'],
  };
}

// Made once: what takes the servers long must not look like the work of the program.
const MANY_TAGS = Array.from({ length: 60_000 }, (_, index) => `0.0.${index}`);
const MANY_KEYS = `{${Array.from({ length: 200_000 }, (_, index) => `"k${index}":0`).join()},"tags":[]}`;
const LONG = Buffer.from(`{"tags":["${'1'.repeat(20_000_000)}"]}`);
const SQUEEZED = gzipSync(Buffer.alloc(60_000_000, 32), { level: 1 });

const ROWS: readonly RegistryAttempt[] = [
  neighbour('realm.test'),
  neighbour('quota.test'),
  neighbour('busy.test'),
  neighbour('wait.test'),
  {
    what: 'an image of a host of its own',
    answers: () => undefined,
    ends: 'newer-version',
    writes: ['<own>/values.yaml'],
  },
  {
    what: 'tags that are paths, commands and templates',
    answers: withTags('../../x', '$(id)', '{{.}}', '-rf', 'a\nb', '9.9.9\u0000', ' 9.9.9', '9.9.9/../x'),
    ends: 'newer-version',
    writes: ['<own>/values.yaml'],
    says: /1\.1\.0|tags/,
  },
  { what: 'tags that are no texts', answers: withTags(1, null, {}, []), ends: BROKEN },
  {
    what: 'a tag of 1 MB',
    answers: withTags('9'.repeat(1_000_000)),
    ends: 'newer-version',
    writes: ['<own>/values.yaml'],
  },
  {
    what: '60,000 tags',
    answers: withTags(...MANY_TAGS),
    ends: 'limit-exceeded',
    says: /limits\.tags/,
  },
  {
    what: 'pages that never end',
    answers: ({ url }) =>
      json(
        { tags: TAGS },
        { link: `<${url.pathname}?n=2&last=${Number(url.searchParams.get('last') ?? 0) + 1}>; rel="next"` },
      ),
    ends: BROKEN,
  },
  {
    what: 'pages that go in a circle',
    answers: ({ target }) => json({ tags: TAGS }, { link: `<${target}>; rel="next"` }),
    ends: BROKEN,
  },
  {
    what: 'a next page on another server',
    answers: (_, { company }) =>
      json({ tags: TAGS }, { link: `<http://${company}/v2/stolen/tags/list>; rel="next"` }),
    ends: REDIRECTED,
    login: true,
  },
  {
    what: 'a next page of the API server',
    answers: (_, { api }) => json({ tags: TAGS }, { link: `<http://${api}/api/v1/secrets>; rel="next"` }),
    ends: REDIRECTED,
  },
  {
    what: 'a next page without a scheme',
    answers: (_, { company }) =>
      json({ tags: TAGS }, { link: `<//${company}/v2/stolen/tags/list>; rel="next"` }),
    ends: REDIRECTED,
    login: true,
  },
  {
    what: 'a redirect to another server',
    answers: (_, { company }) => redirect(`http://${company}/v2/stolen/tags/list`),
    ends: REDIRECTED,
    login: true,
  },
  {
    what: 'a redirect to the API server',
    answers: (_, { api }) => redirect(`http://${api}/api/v1/namespaces/argocd/secrets`),
    ends: REDIRECTED,
  },
  {
    what: 'a redirect to link-local',
    answers: () => redirect('http://169.254.169.254/latest/meta-data/'),
    ends: REDIRECTED,
  },
  { what: 'a redirect to a file', answers: () => redirect('file:///etc/passwd'), ends: REDIRECTED },
  { what: 'a redirect to itself', answers: ({ target }) => redirect(target), ends: REDIRECTED },
  {
    what: 'a token server elsewhere',
    answers: (seen, { company }) => bearer(`http://${company}/token`)(seen, { company, api: '' }),
    ends: OTHER_REALM,
    host: 'realm.test',
    login: true,
    says: /token/,
  },
  {
    what: 'the same without a login',
    answers: (seen, { company }) => bearer(`http://${company}/token`)(seen, { company, api: '' }),
    ends: OTHER_REALM,
    host: 'realm.test',
    says: /token/,
  },
  {
    what: 'a token server that is the API server',
    answers: (seen, elsewhere) => bearer(`http://${elsewhere.api}/token`)(seen, elsewhere),
    ends: OTHER_REALM,
    host: 'realm.test',
  },
  {
    what: 'a token server at link-local',
    answers: bearer('http://169.254.169.254/token'),
    ends: OTHER_REALM,
    host: 'realm.test',
    login: true,
  },
  {
    what: 'a token server with a login in its URL',
    answers: (seen, elsewhere) => bearer(`http://evil.test@${elsewhere.company}/token`)(seen, elsewhere),
    ends: OTHER_REALM,
    host: 'realm.test',
    login: true,
  },
  {
    what: 'a token server that is a file',
    answers: bearer('file:///etc/passwd'),
    ends: OTHER_REALM,
    host: 'realm.test',
    login: true,
  },
  {
    what: 'a token server that is nothing',
    answers: bearer('//'),
    ends: OTHER_REALM,
    host: 'realm.test',
    login: true,
  },
  { what: 'an answer of 100,000 brackets', answers: () => body(nested(100_000)), ends: BROKEN },
  { what: 'an answer of 200,000 keys', answers: () => body(MANY_KEYS), ends: `${BROKEN}|no-tags` },
  { what: 'an answer of 20 MB', answers: () => body(LONG), ends: `deadline|${BROKEN}` },
  {
    what: 'an answer of 60 MB in 60 KB',
    answers: () => body(SQUEEZED, { 'content-encoding': 'gzip' }),
    ends: `deadline|${BROKEN}`,
  },
  { what: 'an answer that is null', answers: () => body('null'), ends: BROKEN },
  {
    what: 'an answer with a prototype',
    answers: () => body('{"__proto__":{"tags":["9.9.9"]},"constructor":1}'),
    ends: `${BROKEN}|no-tags|no-candidates`,
  },
  {
    what: 'a wait of 30 years',
    answers: () => ({ status: 429, headers: { 'retry-after': '999999999' }, body: '{}' }),
    ends: 'registry-rate-limited',
    host: 'busy.test',
  },
  {
    what: 'a wait until the year 9999',
    answers: () => ({ status: 503, headers: { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, body: '{}' }),
    ends: 'registry-rate-limited|registry-failed',
    host: 'wait.test',
  },
  {
    what: 'a quota of nothing',
    answers: () =>
      json(
        { tags: TAGS },
        {
          'ratelimit-remaining': '0;w=99999999',
          'ratelimit-limit': '1;w=99999999',
          'x-ratelimit-remaining': '0',
        },
      ),
    host: 'quota.test',
    ends: 'metadata-incomplete|registry-rate-limited|registry-response-invalid',
  },
  {
    what: 'a digest with a line of its own',
    answers: ({ url }) =>
      url.pathname.includes('/manifests/')
        ? body('{"schemaVersion":2}', { 'docker-content-digest': 'sha256:x privileged: true' })
        : undefined,
    ends: `${BROKEN}|metadata-incomplete|no-matching-platform|up-to-date|tag-missing`,
    annotations: { 'a.update-strategy': 'digest', 'image-list': 'a=<host>/<behaviour>/<own>:1.1.0' },
  },
  { what: 'silence', answers: () => ({ hang: 'at-once' }), ends: 'deadline', says: /b\d+\.test/ },
  { what: 'half an answer', answers: () => ({ hang: 'half-way' }), ends: 'deadline', says: /b\d+\.test/ },
  {
    what: 'a broken connection',
    answers: () => ({ reset: 'half-way' }),
    ends: 'registry-unreachable|deadline',
  },
];

/** What a registry of the attacker answers. Row by row its images are `evil.test/b07/a07`. */
export const REGISTRY: readonly Attempt[] = ROWS.map(
  ({ answers: _answers, login, host: _host, annotations, ...row }, index) => ({
    ...row,
    by: {
      annotations: {
        'image-list': `a=${hostAt(index)}/${behaviourAt(index)}/<own>:^1`,
        ...(login === true ? { 'a.pull-secret': 'pullsecret:team-hostile/own' } : {}),
        ...Object.fromEntries(
          Object.entries(annotations ?? {}).map(([key, value]) => [
            key,
            value.replace('<host>', hostAt(index)).replace('<behaviour>', behaviourAt(index)),
          ]),
        ),
      },
    },
  }),
);

export function answerOf(seen: Seen, elsewhere: Elsewhere): Answer | undefined {
  const [, index = ''] = /^\/v2\/b(\d+)\//.exec(seen.url.pathname) ?? [];
  return ROWS[Number(index)]?.answers(seen, elsewhere);
}

function behaviourAt(index: number): string {
  return `b${String(index).padStart(2, '0')}`;
}

function hostAt(index: number): string {
  return ROWS[index]?.host ?? `${behaviourAt(index)}.test`;
}

/** Every host that an attempt names, each with a server and an entry of its own. */
export const HOSTS = [...new Set(ROWS.map((_, index) => hostAt(index)))];
