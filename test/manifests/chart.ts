import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { helmPath } from '../helpers/render-tools.ts';
import { manifestsOf, MANIFESTS, ofKind, type Manifest } from './rendered.ts';

export const CHART = join(MANIFESTS, 'chart');

const VALUES_FOLDER = fileURLToPath(new URL('./chart-values/', import.meta.url));

/** The files of chart-values/, which is what people write, by the name of the file without `.yaml`. */
export const VALUES: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(VALUES_FOLDER).map((file) => [
    file.replace(/\.yaml$/, ''),
    readFileSync(join(VALUES_FOLDER, file), 'utf8'),
  ]),
);

export interface Helm {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function helm(...args: readonly string[]): Helm {
  const { status, stdout, stderr } = spawnSync(helmPath(), args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return { status, stdout, stderr };
}

/**
 * What `helm template` makes of the chart with each of these values, in one process: a chart of which ours is a part
 * once for each of them, by an alias.
 */
export function templateAll(values: readonly string[]): Helm {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-chart-'));
  try {
    cpSync(CHART, join(folder, 'charts/lynceus'), { recursive: true });
    const aliases = values.map((_, index) => `v${index}`);
    const dependencies = aliases.map((alias) => ({ name: 'lynceus', version: '*', alias }));
    const chart = { apiVersion: 'v2', name: 'all', version: '0.0.0', dependencies };
    writeFileSync(join(folder, 'Chart.yaml'), stringify(chart));
    const texts = aliases.map(
      (alias, index) => `${alias}:\n${(values[index] ?? '').replaceAll(/^/gm, '  ')}`,
    );
    writeFileSync(join(folder, 'values.yaml'), texts.join('\n'));
    return helm('template', 'argocd-image-updater', folder, '--namespace', 'argocd');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The objects of each of the values. */
export function objectsOf({ stdout }: Helm, count: number): readonly (readonly Manifest[])[] {
  const parts = stdout.split(/^---\n# Source: all\/charts\/v/m).slice(1);
  return Array.from({ length: count }, (_, index) =>
    parts
      .filter((part) => part.startsWith(`${index}/`))
      .flatMap((part) => parsedOnce(part.slice(part.indexOf('\n') + 1))),
  );
}

const parsed = new Map<string, readonly Manifest[]>();

/** Most objects are the same with most values, and the definition is long. */
function parsedOnce(text: string): readonly Manifest[] {
  const found = parsed.get(text) ?? manifestsOf(text);
  parsed.set(text, found);
  return found;
}

let kept: { readonly helm: Helm; readonly objects: readonly (readonly Manifest[])[] } | undefined;

/** What Helm makes of all files of chart-values/; asked for once. */
export function matrix(): NonNullable<typeof kept> {
  if (kept === undefined) {
    const rendered = templateAll(Object.values(VALUES));
    kept = { helm: rendered, objects: objectsOf(rendered, Object.keys(VALUES).length) };
  }
  return kept;
}

/** The objects of a file of chart-values/. */
export function objectsWith(file: string): readonly Manifest[] {
  const found = matrix().objects[Object.keys(VALUES).indexOf(file)];
  if (found === undefined) throw new Error(`no file ${file}.yaml in chart-values`);
  return found;
}

/** One of them, by `kind` and name. */
export function objectWith(file: string, kind: string, name: string): Manifest {
  const found = ofKind(objectsWith(file), kind).find(({ metadata }) => metadata.name === name);
  if (found !== undefined) return found;
  const all = objectsWith(file).map((one) => `${one.kind} ${one.metadata.name}`);
  throw new Error(`no ${kind} ${name} among ${all.join(', ')}`);
}

const OF_HELM = /^(?:helm\.sh\/|app\.kubernetes\.io\/(?:instance|version|managed-by)$)/;

/** The same object without the labels and annotations that are Helm's own; variables and rules of roles in one order. */
export function withoutHelm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHelm);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => !OF_HELM.test(name));
  const kept = members.map(([name, one]) => {
    const own = withoutHelm(one);
    return [name, (name === 'rules' || name === 'env') && Array.isArray(own) ? inOrder(own) : own] as const;
  });
  return Object.fromEntries(
    kept.filter(([name, one]) => name !== 'annotations' || JSON.stringify(one) !== '{}'),
  );
}

function inOrder(values: readonly unknown[]): readonly unknown[] {
  return values.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
