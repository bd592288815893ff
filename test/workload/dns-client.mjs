// Asks the resolver at argv[2] for COUNT names of type A through c-ares, connects to what it answers, and prints what it
// knows: name, address and result, a JSON line each. Usage: dns-client.mjs RESOLVER COUNT PORT
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';

const [server, count, port] = process.argv.slice(2);
const resolver = new Resolver({ timeout: 2000, tries: 1 });
resolver.setServers([server]);
for (let i = 0; i < Number(count); i++) {
  const name = `Host-${i}.quince.example`;
  const [address] = await resolver.resolve4(name);
  const error = await new Promise((resolve) => {
    const socket = connect({ host: address, port: Number(port) });
    socket.on('error', (e) => resolve(e.code));
    socket.on('connect', () => resolve(undefined) ?? socket.destroy());
  });
  console.log(JSON.stringify({ name, address, error }));
}
const missing = await resolver.resolveTxt('missing.quince.example').catch((e) => e.code);
console.log(JSON.stringify({ name: 'missing.quince.example', missing }));
