import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BRANCH } from './files.ts';
import type { Git } from './git.ts';
import { listenOnLoopback } from './listen.ts';

/** The shop as it runs: what is in Git is what answers, as if Argo CD had deployed it. */
export interface DemoService {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Answers with 503 while the file in the remote names the version that does not work. */
export async function startDemoService(
  remote: Git,
  { file, broken }: { readonly file: string; readonly broken: string },
): Promise<DemoService> {
  const server = createServer((_, response) => {
    void remote('show', `${BRANCH}:${file}`).then(
      (text) => response.writeHead(text.includes(`"${broken}"`) ? 503 : 200).end(),
      () => response.writeHead(500).end(),
    );
  });
  await listenOnLoopback(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/shop`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
