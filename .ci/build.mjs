// Bundles the sources into dist/lynceus.js and one chunk for each heavy part that is loaded only when it is needed.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildWebAssets } from './web-assets.mjs';
import { buildExtension } from './build-extension.mjs';

const root = new URL('../', import.meta.url).pathname;
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));

const web = await buildWebAssets();
await rm(`${root}dist`, { recursive: true, force: true });
const extension = await buildExtension(`${root}dist/extension`);
await build({
  absWorkingDir: root,
  entryPoints: [{ in: 'src/main.ts', out: 'chunks/main' }],
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  // Comments and spaces take as long to read as code; names stay, for the sake of stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  define: {
    BUILT_VERSION: JSON.stringify(version),
    BUILT_COMMIT: JSON.stringify(process.env.BUILD_COMMIT || readCommit()) ?? 'undefined',
    BUILT_SCRIPT: JSON.stringify(web.script),
    BUILT_STYLE: JSON.stringify(web.style),
    BUILT_EXTENSION: JSON.stringify(extension.toString('base64')),
    BUILT_DATE: JSON.stringify(readDate().toISOString()),
  },
  // CommonJS packages call `require`, which an ES module does not have.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  plugins: [
    { name: 'required-http', setup: requireHttp },
    { name: 'never-fetched', setup: leaveOutFetch },
  ],
  legalComments: 'external',
  logLevel: 'warning',
});
// What V8 made of the chunks is kept beside them, from Node.js 22.1 on. Where the folder cannot be written to, or is of
// another version or processor, that is no fault: they are compiled anew.
const entry = `${root}dist/lynceus.js`;
await writeFile(
  entry,
  `#!/usr/bin/env node
import module from 'node:module';
module.enableCompileCache?.(import.meta.dirname + '/compiled');
await import('./chunks/main.js');
`,
);
await chmod(entry, 0o755);
// Filled by whoever runs the program under the same user and flags; the image does so when it is made.
await mkdir(`${root}dist/compiled`);

/**
 * `node:http` by `require`: an `import` of it asks for each of its members, one of which is the client of WebSockets, and
 * loads that (node:internal/deps/undici, 20 ms).
 */
function requireHttp({ onResolve, onLoad }) {
  onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
    kind === 'import-statement'
      ? { path: 'node:http', namespace: 'required' }
      : { path: 'node:http', external: true },
  );
  onLoad({ filter: /^/, namespace: 'required' }, ({ path }) => ({
    contents: `module.exports = require('${path}');`,
  }));
}

/** What `tuf-js` fetches by when it is given nothing else: it is, and this is most of its code. */
function leaveOutFetch({ onResolve, onLoad }) {
  onResolve({ filter: /^make-fetch-happen$/ }, ({ path }) => ({ path, namespace: 'never-fetched' }));
  onLoad({ filter: /^/, namespace: 'never-fetched' }, () => ({ contents: 'module.exports = undefined;' }));
}

/** `undefined` outside of a checkout: an image is built without one and tells the commit in BUILD_COMMIT. */
function readCommit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** Whoever wants the same bytes from the same sources sets SOURCE_DATE_EPOCH. */
function readDate() {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  return epoch ? new Date(Number(epoch) * 1000) : new Date();
}
