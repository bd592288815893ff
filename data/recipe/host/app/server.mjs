// A small shop: JSON over HTTP behind nginx, orders in PostgreSQL, counters in Redis. `/lookup` hands its parameter to
// a shell, which is the hole that the web attacks use. Usage: node server.mjs PORT
import { exec } from 'node:child_process';
import { createServer } from 'node:http';
import { query } from './postgres.mjs';
import { redis } from './redis.mjs';

const port = Number(process.argv[2] ?? 3000);

const lookup = (name) =>
  new Promise((resolve) => {
    exec(`getent hosts ${name}`, { timeout: 20000 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });

const routes = {
  '/tick': async () => redis('INCR', 'ticks'),
  '/hits': async (q) => redis('INCR', `hits:${q.get('page') ?? 'index'}`),
  '/orders': async (q) =>
    query(`select id, item, cents from orders where customer = ${Number(q.get('customer') ?? 1)} limit 10`),
  '/buy': async (q) => {
    const item = (q.get('item') ?? 'tea').replace(/\W/g, '');
    await redis('LPUSH', 'recent', item);
    return query(
      `insert into orders (customer, item, cents) values (${1 + Math.trunc(Math.random() * 400)}, '${item}', 500)`,
    );
  },
  '/lookup': async (q) => lookup(q.get('name') ?? 'localhost'),
};

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://web1');
  const route = routes[url.pathname];
  if (!route) {
    response.writeHead(404).end('{}\n');
    return;
  }
  try {
    response.end(`${JSON.stringify(await route(url.searchParams))}\n`);
  } catch (error) {
    response.writeHead(500).end(`${JSON.stringify({ error: error.message })}\n`);
  }
}).listen(port, '127.0.0.1');
