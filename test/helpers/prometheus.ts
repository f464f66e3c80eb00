import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { findFreePort } from './free-port.ts';
import { removeFolder } from './remove-folder.ts';

export interface PrometheusOptions {
  /** What it knows from the beginning: text in the OpenMetrics format, each sample with a time. */
  readonly samples?: string;
  /** What it scrapes: `host:port`, asked for `/metrics`. */
  readonly scrapes?: { readonly targets: readonly string[]; readonly interval: string };
  /** Settings of its web server, such as TLS and users (Prometheus, "HTTPS and authentication"). */
  readonly web?: Readonly<Record<string, unknown>>;
}

export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** One sample for `openMetrics`. */
export interface Sample {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The text in the OpenMetrics format of these gauges. */
export function openMetrics(samples: readonly Sample[]): string {
  const names = [...new Set(samples.map(({ name }) => name))];
  const lines = names.flatMap((name) => [
    `# TYPE ${name} gauge`,
    ...samples.filter((sample) => sample.name === name).map(lineOf),
  ]);
  return [...lines, '# EOF', ''].join('\n');
}

function lineOf({ name, labels = {}, value, at }: Sample): string {
  const pairs = Object.entries(labels).map(
    ([label, text]) => `${label}="${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', '\\n')}"`,
  );
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value} ${at / 1000}`;
}

/** A real Prometheus on a loopback port of its own, which answers when this returns. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-prometheus-'));
  try {
    const files = writeFiles(folder, options);
    return await startOnFreePort(folder, files, options.web !== undefined);
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
}

interface Files {
  readonly config: string;
  readonly web: string;
  readonly data: string;
}

function writeFiles(folder: string, { samples, scrapes, web = {} }: PrometheusOptions): Files {
  const files = {
    config: join(folder, 'prometheus.yml'),
    web: join(folder, 'web.yml'),
    data: join(folder, 'data'),
  };
  mkdirSync(files.data);
  const jobs =
    scrapes === undefined
      ? []
      : [
          {
            job_name: 'scraped',
            scrape_interval: scrapes.interval,
            scrape_timeout: scrapes.interval,
            static_configs: [{ targets: scrapes.targets }],
          },
        ];
  writeFileSync(files.config, stringify({ scrape_configs: jobs }));
  writeFileSync(files.web, stringify(web));
  if (samples !== undefined) {
    const text = join(folder, 'samples.txt');
    writeFileSync(text, samples);
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', text, files.data], {
      stdio: 'pipe',
    });
  }
  return files;
}

const MOST_TRIES = 3;

async function startOnFreePort(folder: string, files: Files, isProtected: boolean): Promise<Prometheus> {
  for (let attempt = 1; ; attempt++) {
    const host = `127.0.0.1:${await findFreePort()}`;
    const args = [
      `--config.file=${files.config}`,
      `--web.config.file=${files.web}`,
      `--web.listen-address=${host}`,
      `--storage.tsdb.path=${files.data}`,
      '--storage.tsdb.retention.time=100y',
    ];
    const child = spawn('prometheus', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const killWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.off('exit', killWithUs));
    const log = textOf(child);
    if (await isUp(child, log)) {
      const scheme = isProtected ? 'https' : 'http';
      return { url: `${scheme}://${host}`, stop: () => stop(child, folder) };
    }
    // Somebody else may have taken the port since it was found free.
    if (attempt === MOST_TRIES) throw new Error(`prometheus did not start: ${log()}`);
  }
}

/** By its log: one with users answers nobody else. */
async function isUp(child: ChildProcess, log: () => string): Promise<boolean> {
  const end = Date.now() + 30_000;
  while (Date.now() < end && child.exitCode === null) {
    if (log().includes('Server is ready to receive web requests')) return true;
    await delay(20);
  }
  child.kill('SIGKILL');
  return false;
}

function textOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-8192);
  });
  return () => text;
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  removeFolder(folder);
}
