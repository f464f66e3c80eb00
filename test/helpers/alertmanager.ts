import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { findFreePort } from './free-port.ts';
import { removeFolder } from './remove-folder.ts';

export interface AlertmanagerOptions {
  /** Where it posts what it notifies of. */
  readonly webhook?: string;
  /** Who may ask it anything, with basic authentication. */
  readonly user?: { readonly name: string; readonly password: string };
}

/** An alert that fires, as it lists them. */
export interface ListedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

export interface Alertmanager {
  readonly url: string;
  /** What fires, by `amtool`. */
  firing(): readonly ListedAlert[];
  stop(): Promise<void>;
}

const MOST_TRIES = 3;

/** A real Alertmanager on a loopback port of its own, which answers when this returns. */
export async function startAlertmanager(options: AlertmanagerOptions = {}): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-alertmanager-'));
  const { webhook, user } = options;
  const receiver = { name: 'all', ...(webhook === undefined ? {} : { webhook_configs: [{ url: webhook }] }) };
  const route = { receiver: 'all', group_wait: '50ms', group_interval: '50ms', group_by: ['...'] };
  writeFileSync(join(folder, 'alertmanager.yml'), stringify({ route, receivers: [receiver] }));
  const users = user && { basic_auth_users: { [user.name]: bcrypt(user.password) } };
  writeFileSync(join(folder, 'web.yml'), stringify(users ?? {}));
  for (let attempt = 1; ; attempt++) {
    const started = await startOnFreePort(folder, user);
    if (typeof started !== 'string') return started;
    // Somebody else may have taken the port since it was found free.
    if (attempt === MOST_TRIES) {
      removeFolder(folder);
      throw new Error(`prometheus-alertmanager did not start: ${started}`);
    }
  }
}

function bcrypt(password: string): string {
  const line = execFileSync('htpasswd', ['-niB', 'user'], { input: password, encoding: 'utf8' });
  return line.trim().slice('user:'.length);
}

async function startOnFreePort(
  folder: string,
  user: AlertmanagerOptions['user'],
): Promise<Alertmanager | string> {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--web.config.file=${join(folder, 'web.yml')}`,
      `--web.listen-address=${new URL(url).host}`,
      `--storage.path=${join(folder, 'data')}`,
      '--cluster.listen-address=',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-8192);
  });
  const end = Date.now() + 30_000;
  while (!(await isReady(url)) && child.exitCode === null && Date.now() < end) await delay(20);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    removeFolder(folder);
  };
  if (child.exitCode !== null || Date.now() >= end) {
    child.kill('SIGKILL');
    return log;
  }
  const login = user === undefined ? '' : [user.name, user.password].map(encodeURIComponent).join(':');
  return {
    url,
    stop,
    firing() {
      const asked = url.replace('//', login === '' ? '//' : `//${login}@`);
      const args = [`--alertmanager.url=${asked}`, '--output=json', 'alert', 'query'];
      return JSON.parse(execFileSync('amtool', args, { encoding: 'utf8' })) as readonly ListedAlert[];
    },
  };
}

/** Also one that wants a login is ready. */
async function isReady(url: string): Promise<boolean> {
  try {
    const { status } = await fetch(`${url}/-/ready`);
    return status === 200 || status === 401;
  } catch {
    return false;
  }
}
