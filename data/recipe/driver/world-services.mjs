// Servers of the world around web1: the monitor, two partners, and what the intruders serve. They answer anything; what
// matters is that web1 talks to them.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const answer = (body) => (request, response) => {
  request.resume();
  request.once('end', () => response.end(typeof body === 'function' ? body(request.url) : body));
};

const prices = () => `${JSON.stringify(Array.from({ length: 40 }, () => Math.trunc(Math.random() * 9000)))}\n`;

/** The intruder's web server: the files of world/served by name, anything else is taken and thanked for. */
const served = (url) => {
  try {
    return readFileSync(`/range/recipe/world/served/${url.replace(/[^a-z.-]/g, '')}`);
  } catch {
    return 'ok\n';
  }
};

export function startWorldServices() {
  createServer(answer('ok\n')).listen(9100, '10.20.0.20');
  createServer(answer(prices)).listen(8080, '198.51.100.80');
  createServer(answer('{"settled":true}\n')).listen(8080, '198.51.100.140');
  createServer(answer('new\n')).listen(8080, '198.51.100.99');
  for (const address of ['203.0.113.66', '203.0.113.88']) createServer(answer(served)).listen(80, address);
}
