import { git, headOf } from '../../helpers/git-world.ts';

const OURS = 'argocd-image-updater <noreply@argoproj.io>';
const STRANGER = 'Mallory <mallory@example.com>';
const HOST = 'GitHub <noreply@github.com>';

/** A commit that says what Lynceus would have said. */
interface Forgery {
  readonly message: string;
  readonly author?: string;
  readonly committer?: string;
  /** What it changes: the file that the record speaks of, another one, or nothing. */
  readonly touches?: 'the file' | 'another' | 'nothing';
}

/** What somebody who may commit to the remote of another team tries. */
export interface Forging {
  readonly what: string;
  /** A person took 1.1.0 back before: the image must stay as it is. Else 1.2.0 must be written. */
  readonly rolledBack: boolean;
  readonly forgery?: Forgery;
}

function record(kind: string, fields: string): string {
  return `a word\n\nLynceus-${kind}: app=<own> namespace=team-good alias=a image=registry.test/acme/api file=app/values.yaml key=image.tag ${fields}`;
}

const RELEASE = record('Release', 'from=1.0.0');
const HOLD = record('Hold', 'from=1.1.0 to=1.1.0');
const UPDATE = record('Update', 'from=1.1.0 to=999.0.0');
const SET = record('Set', 'from=1.0.0 to=1.1.0 by=Jane');

const PEER = `build: automatic update of <own>\n\nupdates image acme/api tag '1.1.0' to '999.0.0'\n`;

export const FORGED: readonly Forging[] = [
  { what: 'nothing, after a rollback', rolledBack: true },
  { what: 'nothing', rolledBack: false },
  { what: 'a release', rolledBack: true, forgery: { message: RELEASE } },
  {
    what: 'a release that changes nothing',
    rolledBack: true,
    forgery: { message: RELEASE, touches: 'nothing' },
  },
  {
    what: 'a release in the file itself',
    rolledBack: true,
    forgery: { message: RELEASE, touches: 'the file' },
  },
  {
    what: 'a release with our name as the author',
    rolledBack: true,
    forgery: { message: RELEASE, author: OURS, touches: 'the file' },
  },
  {
    what: 'a release with our name and another address',
    rolledBack: true,
    forgery: {
      message: RELEASE,
      author: OURS,
      committer: 'argocd-image-updater <noreply@argoproj.io.evil.test>',
      touches: 'the file',
    },
  },
  {
    what: 'a release with another name and our address in it',
    rolledBack: true,
    forgery: {
      message: RELEASE,
      author: 'noreply@argoproj.io <mallory@example.com>',
      committer: 'noreply@argoproj.io <mallory@example.com>',
      touches: 'the file',
    },
  },
  {
    what: 'a release as of a host',
    rolledBack: true,
    forgery: { message: RELEASE, committer: HOST, touches: 'the file' },
  },
  {
    what: 'a release in a squash of somebody',
    rolledBack: true,
    forgery: {
      message: `Update dependencies (#1)\n\n* build: update\n\n${RELEASE}`,
      committer: HOST,
      touches: 'the file',
    },
  },
  { what: 'a version that a person set', rolledBack: true, forgery: { message: SET, touches: 'the file' } },
  { what: 'a hold', rolledBack: false, forgery: { message: HOLD } },
  { what: 'a hold that changes nothing', rolledBack: false, forgery: { message: HOLD, touches: 'nothing' } },
  { what: 'a hold as of a host', rolledBack: false, forgery: { message: HOLD, committer: HOST } },
  {
    what: 'a hold with our name, for a file that it does not touch',
    rolledBack: false,
    forgery: { message: HOLD, author: OURS, committer: OURS },
  },
  { what: 'an update to 999.0.0', rolledBack: false, forgery: { message: UPDATE } },
  {
    what: 'an update to 999.0.0 in the file itself',
    rolledBack: false,
    forgery: { message: UPDATE, touches: 'the file' },
  },
  {
    what: 'an update with our name, for a file that it does not touch',
    rolledBack: false,
    forgery: { message: UPDATE, author: OURS, committer: OURS },
  },
  {
    what: 'an update in the words of Argo CD Image Updater',
    rolledBack: false,
    forgery: { message: PEER, touches: 'the file' },
  },
  {
    what: '5,000 updates in one message',
    rolledBack: false,
    forgery: { message: Array(5_000).fill(UPDATE).join('\n\n'), touches: 'the file' },
  },
];

/** Commits the forgery on top of `main`. */
export function forge(
  remote: string,
  own: string,
  { message, author = STRANGER, committer = STRANGER, touches = 'another' }: Forgery,
): void {
  const text = Buffer.from(message.replaceAll('<own>', own));
  const file = {
    'the file': 'M 100644 inline app/values.yaml\ndata <<END\n# a comment\nimage:\n  tag: <tag>\nEND\n',
    another: 'M 100644 inline notes.txt\ndata <<END\nhello\nEND\n',
    nothing: '',
  }[touches];
  const now = git(remote, ['show', 'main:app/values.yaml']);
  const [, tag = ''] = /tag: (\S+)/.exec(now) ?? [];
  const stream = [
    'commit refs/heads/main\n',
    `author ${author} 1700000100 +0000\n`,
    `committer ${committer} 1700000100 +0000\n`,
    `data ${text.length}\n`,
    text,
    `\nfrom ${headOf(remote, 'main')}\n`,
    file.replace('<tag>', tag),
  ];
  git(remote, ['fast-import', '--quiet'], Buffer.concat(stream.map((part) => Buffer.from(part))));
}
