import { createServer } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { getJson, requestJson } from '../../common/clients/http-json.ts';
import { closeServers, listen } from '../support/exporter/http-target.ts';

afterEach(closeServers);

/** A server that tells who asked it for what. */
async function mirror(): Promise<number> {
  const server = createServer(({ headers, url, method }, response) =>
    response.end(JSON.stringify({ url, method, authorization: headers.authorization ?? null })),
  );
  return (await listen(server)).port;
}
const options = { timeoutMs: 5_000, maxBytes: 1_000 };

it('asks with the user and the password of the address, and with none where it has none', async () => {
  const port = await mirror();
  const authorization = `Basic ${Buffer.from('monitor:p@ss/word').toString('base64')}`;
  expect(await getJson(`http://monitor:p%40ss%2Fword@127.0.0.1:${port}/am/api/v2/status`, options)).toEqual({
    url: '/am/api/v2/status',
    method: 'GET',
    authorization,
  });
  const post = { ...options, method: 'POST', body: {} } as const;
  expect(await requestJson(`http://monitor:p%40ss%2Fword@127.0.0.1:${port}/`, post)).toMatchObject({
    method: 'POST',
    authorization,
  });
  expect(await getJson(`http://127.0.0.1:${port}/`, options)).toMatchObject({ authorization: null });
});
