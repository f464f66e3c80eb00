// What browsers load of the status page: its script and its style, each as one small text.
import { build } from 'esbuild';

const root = new URL('../', import.meta.url).pathname;

/** @returns {Promise<{ script: string, style: string }>} */
export async function buildWebAssets() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/web/client/app.ts', 'src/web/style.css'],
    outdir: 'unused',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox121', 'safari16.4'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const textOf = (ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}
