/**
 * Loaded into the program with `--import`: writes every HTTP request that it makes to the file of RECORD_REQUESTS when
 * it ends, one JSON value a line.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const requests = [];
subscribe('http.client.request.start', ({ request }) => {
  const { method, host, path } = request;
  requests.push({
    method,
    host: request.getHeader('host') ?? host,
    path,
    accept: request.getHeader('accept'),
  });
});
process.once('exit', () => {
  writeFileSync(process.env.RECORD_REQUESTS, requests.map((one) => `${JSON.stringify(one)}\n`).join(''));
});
