/** The work of a cycle without deciding anything: a process for `bare.ts`, whose argument is a file with a `BareWork`. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

export interface BareWork {
  readonly requests: readonly RecordedRequest[];
  /** How many of them are sent at the same time. */
  readonly concurrency: number;
  /** The remote, and an empty folder for its clone. */
  readonly url: string;
  readonly folder: string;
  /** How many commits are fetched. */
  readonly history: number;
  /** Whether only those files are fetched that are needed. */
  readonly filters: boolean;
  /** Their hashes. */
  readonly files: readonly string[];
  /** File with what fast-import reads. */
  readonly commits: string;
}

export interface RecordedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly accept: string | undefined;
}

const [, , file = ''] = process.argv;
const work = JSON.parse(readFileSync(file, 'utf8')) as BareWork;
const started = performance.now();
await ask(work);
const asked = performance.now();
await copyAndPush(work);
const seconds = [asked - started, performance.now() - asked].map((one) => (one / 1000).toFixed(3));
console.log(`requests ${seconds[0]} git ${seconds[1]}`);

async function ask({ requests, concurrency }: BareWork): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const left = requests.values();
  const askInTurn = async (): Promise<void> => {
    for (const one of left) await send(one, agent);
  };
  await Promise.all(Array.from({ length: concurrency }, askInTurn));
  agent.destroy();
}

async function send({ method, host, path, accept }: RecordedRequest, agent: Agent): Promise<void> {
  const headers = accept === undefined ? {} : { accept };
  const sent = request(`http://${host}${path}`, { method, agent, headers });
  sent.end();
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
  response.resume();
  await once(response, 'end');
}

async function copyAndPush({ folder, url, history, filters, files, commits }: BareWork): Promise<void> {
  await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', '.']);
  await git(['config', 'remote.origin.url', url]);
  const filter = filters ? ['--filter=blob:none'] : [];
  await git(['fetch', '--quiet', '--no-tags', `--depth=${history}`, ...filter, 'origin', 'main:main']);
  if (filters) {
    const wanted = Buffer.from(files.map((hash) => `${hash}\n`).join(''));
    const noop = ['-c', 'fetch.negotiationAlgorithm=noop'];
    await git([...noop, 'fetch', '--quiet', '--no-tags', '--stdin', 'origin'], wanted);
  }
  await git(['fast-import', '--quiet', '--done'], readFileSync(commits));
  await git(['push', '--quiet', url, 'main:main']);

  async function git(args: readonly string[], input?: Buffer): Promise<void> {
    const running = promisify(execFile)('git', ['-C', folder, ...args], { maxBuffer: 2 ** 30 });
    running.child.stdin?.end(input);
    await running;
  }
}
