import { gzipSync } from 'node:zlib';
import type { Answer, Seen } from '../../helpers/registry-stand-in.ts';
import type { Attempt } from './attempt.ts';
import type { Elsewhere } from './server-registry.ts';

const REDIRECTED = 'address-refused|git-unreachable|git-denied|git-failed|deadline';
const BROKEN =
  'deadline|git-failed|git-unreachable|git-denied|git-branch-missing|limit-exceeded|git-response-invalid';
const SMART = { 'content-type': 'application/x-git-upload-pack-advertisement' };
const SHA = 'a'.repeat(40);

interface GitAttempt extends Omit<Attempt, 'by'> {
  readonly answers: (seen: Seen, elsewhere: Elsewhere) => Answer;
}

function line(text: string): string {
  return `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
}

/** What a server of the first protocol says to be fetched. */
function refs(names: readonly string[], capabilities = 'symref=HEAD:refs/heads/main agent=evil'): Answer {
  const [first = '', ...rest] = names;
  const body = [
    line('# service=git-upload-pack\n'),
    '0000',
    line(`${SHA} ${first}\0${capabilities}\n`),
    ...rest.map((name) => line(`${SHA} ${name}\n`)),
    '0000',
  ].join('');
  return { status: 200, headers: SMART, body };
}

function redirect(location: string): Answer {
  return { status: 302, headers: { location } };
}

function pack(objects: number, content: Buffer): Buffer {
  const header = Buffer.from([0x50, 0x41, 0x43, 0x4b, 0, 0, 0, 2, 0, 0, 0, objects]);
  return Buffer.concat([Buffer.from('0008NAK\n'), header, content]);
}

const MANY_BRANCHES = refs(Array.from({ length: 50_000 }, (_, index) => `refs/heads/b${index}`));

const ROWS: readonly GitAttempt[] = [
  {
    what: 'a redirect to the remote of another team',
    answers: ({ url }, { company }) => redirect(`http://${company}/good/private.git/info/refs${url.search}`),
    ends: REDIRECTED,
  },
  {
    what: 'a redirect to the API server',
    answers: (_, { api }) => redirect(`http://${api}/api/v1/info/refs`),
    ends: REDIRECTED,
  },
  {
    what: 'a redirect to link-local',
    answers: () => redirect('http://169.254.169.254/info/refs'),
    ends: REDIRECTED,
  },
  { what: 'a redirect to a file', answers: () => redirect('file:///etc/passwd/info/refs'), ends: REDIRECTED },
  {
    what: 'a redirect to another protocol',
    answers: () => redirect('ssh://git@127.0.0.1/x.git/info/refs'),
    ends: REDIRECTED,
  },
  { what: 'a redirect in a circle', answers: ({ target }) => redirect(target), ends: REDIRECTED },
  {
    what: 'a list of objects of another server',
    answers: ({ url }, { company }) => dumb(url.pathname, `http://${company}/good/private.git/objects`),
    ends: BROKEN,
  },
  {
    what: 'a list of objects in a folder',
    answers: ({ url }, { own }) => dumb(url.pathname, own ?? ''),
    ends: BROKEN,
  },
  {
    what: 'branches that are no names',
    answers: () => refs(['refs/heads/../../x', 'refs/heads/-x', 'refs/heads/a b', 'HEAD']),
    ends: BROKEN,
  },
  {
    what: 'a default branch out of the branches',
    answers: () => refs(['HEAD', 'refs/heads/main'], 'symref=HEAD:refs/../../config'),
    ends: BROKEN,
  },
  {
    what: '50,000 branches',
    answers: () => MANY_BRANCHES,
    ends: BROKEN,
  },
  {
    what: 'a line that is longer than it says',
    answers: () => ({ status: 200, headers: SMART, body: 'ffff# service' }),
    ends: BROKEN,
  },
  {
    what: 'a page of text',
    answers: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' }),
    ends: BROKEN,
  },
  {
    what: 'a pack that promises 16 million objects',
    answers: packed(pack(255, Buffer.alloc(0))),
    ends: BROKEN,
  },
  {
    what: 'a pack of 60 MB of zeros',
    answers: packed(
      pack(1, Buffer.concat([Buffer.from([0xb0, 0x80, 0x80, 0xe0, 0x01]), gzipBody(60_000_000)])),
    ),
    ends: BROKEN,
  },
  {
    what: 'silence',
    answers: () => ({ hang: 'at-once' }),
    ends: 'deadline|git-unreachable',
    says: /127\.0\.0\.1|deadline|limits/,
  },
  { what: 'half an answer', answers: () => ({ hang: 'half-way' }), ends: 'deadline|git-unreachable' },
  {
    what: 'a broken connection',
    answers: () => ({ reset: 'half-way' }),
    ends: 'git-unreachable|git-failed|deadline',
  },
  {
    what: 'a question for a login, again and again',
    answers: () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } }),
    ends: 'git-denied|credentials-missing',
  },
  {
    what: 'a question for a login with another scheme',
    answers: () => ({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="http://127.0.0.1/token", Negotiate, NTLM' },
    }),
    ends: 'git-denied|credentials-missing',
  },
];

function gzipBody(size: number): Buffer {
  return gzipSync(Buffer.alloc(size));
}

function packed(answer: Buffer): GitAttempt['answers'] {
  return ({ url }) =>
    url.pathname.endsWith('/info/refs')
      ? refs(['HEAD', 'refs/heads/main'])
      : { status: 200, headers: { 'content-type': 'application/x-git-upload-pack-result' }, body: answer };
}

/** A server of before 2009: what it has is listed in files, and may be at others. */
function dumb(path: string, alternates: string): Answer {
  if (path.endsWith('/info/refs'))
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: `${SHA}\trefs/heads/main\n` };
  if (path.endsWith('/HEAD')) return { status: 200, body: 'ref: refs/heads/main\n' };
  if (path.endsWith('alternates')) return { status: 200, body: `${alternates}\n` };
  return { status: 404 };
}

/** What a Git server of the attacker answers: the remote of row 7 is `<evil>/git/b07/a07.git`. */
export const GIT_SERVER: readonly Attempt[] = ROWS.map(({ answers: _answers, ...row }, index) => ({
  ...row,
  by: { source: { repoURL: `<evil>/git/b${String(index).padStart(2, '0')}/<own>.git` } },
}));

export function gitAnswerOf(seen: Seen, elsewhere: Elsewhere): Answer | undefined {
  const [, index = ''] = /^\/git\/b(\d+)\//.exec(seen.url.pathname) ?? [];
  return ROWS[Number(index)]?.answers(seen, elsewhere);
}
