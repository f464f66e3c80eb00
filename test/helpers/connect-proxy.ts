import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface ConnectProxy {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly url: string;
  /** Every `CONNECT`: `registry.test:443 Basic …`. */
  readonly asked: readonly string[];
  stop(): void;
}

export interface ConnectProxyOptions {
  /** Where every tunnel leads, whatever it is asked for; to where it is asked for unless said. */
  readonly leadsTo?: string;
  /** What CONNECT is answered with; 200 unless said. */
  readonly status?: number;
  /** Which requests, counted from 1, never get an answer until the proxy is stopped. */
  readonly holds?: (count: number) => boolean;
  /** Everybody else is answered with 407. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** A forward proxy for TLS (`CONNECT`), on a loopback port of its own. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => void response.writeHead(405).end());
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    const authorization = headers['proxy-authorization'];
    asked.push(`${url} ${authorization ?? ''}`.trim());
    socket.on('error', () => undefined);
    if (options.holds?.(asked.length) === true) return;
    const status = statusFor(authorization, options);
    const more = status === 407 ? 'proxy-authenticate: Basic realm="a test proxy"\r\n' : '';
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} x\r\n${more}\r\n`);
    const { hostname, port } = new URL(`http://${options.leadsTo ?? url}`);
    const upstream = connect(Number(port === '' ? 80 : port), hostname);
    upstream.on('error', () => socket.destroy());
    upstream.once('connect', () => {
      socket.write(`HTTP/1.1 200 x\r\n\r\n`);
      socket.pipe(upstream).pipe(socket);
    });
    sockets.add(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { host, url: `http://${host}`, asked, stop };
}

function statusFor(authorization: string | undefined, { status = 200, login }: ConnectProxyOptions): number {
  if (login === undefined) return status;
  const wanted = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  return authorization === wanted ? status : 407;
}
