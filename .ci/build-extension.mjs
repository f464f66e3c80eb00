// Makes the extension of Argo CD's page: `node .ci/build-extension.mjs [FOLDER]` writes extension.tar.gz and extension_checksums.txt
// there, by default to dist/extension. The same sources give the same bytes.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url).pathname;

/** Where argocd-extension-installer looks for files, and for a folder to put the values of EXTENSION_JS_VARS into. */
const FOLDER = 'resources/extension-lynceus.js';

/** Writes the files into a folder, and the script as it lies in the archive; returns the archive. */
export async function buildExtension(folder = `${root}dist/extension`) {
  const script = await bundle();
  const files = [
    ['resources/', undefined],
    [`${FOLDER}/`, undefined],
    [`${FOLDER}/extension-lynceus.js`, script],
  ];
  const archive = gzipSync(tar(files), { level: 9 });
  const digest = createHash('sha256').update(archive).digest('hex');
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/extension.tar.gz`, archive);
  // As sha256sum writes it: the installer takes the first word of the line that names the file.
  await writeFile(`${folder}/extension_checksums.txt`, `${digest}  extension.tar.gz\n`);
  await mkdir(`${folder}/${FOLDER}`, { recursive: true });
  await writeFile(`${folder}/${FOLDER}/extension-lynceus.js`, script);
  return archive;
}

async function bundle() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/web/extension/main.ts'],
    write: false,
    bundle: true,
    minify: true,
    // One script of its own: Argo CD joins it to those of others.
    format: 'iife',
    platform: 'browser',
    target: 'es2021',
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles[0].contents;
}

/** POSIX.1-1988 (ustar): folders and files of nobody, from 1970. */
function tar(files) {
  const parts = files.flatMap(([name, content = new Uint8Array()]) => [
    header(name, content.length),
    content,
    new Uint8Array((512 - (content.length % 512)) % 512),
  ]);
  return Buffer.concat([...parts, new Uint8Array(1024)]);
}

function header(name, size) {
  const isFolder = name.endsWith('/');
  const block = Buffer.alloc(512);
  const octal = (value, length) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(name, 0);
  block.write(octal(isFolder ? 0o755 : 0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write(isFolder ? '5' : '0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

if (process.argv[1] === import.meta.filename) await buildExtension(process.argv[2]);
