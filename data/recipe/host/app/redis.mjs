// One command to Redis on a connection of its own, as its protocol (RESP2) has it.
import { connect } from 'node:net';

/** Resolves to the reply as text without its type and line ends. Rejects when Redis answers with an error. */
export function redis(...words) {
  const text = `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(String(w))}\r\n${w}\r\n`).join('')}`;
  return new Promise((resolve, reject) => {
    const socket = connect(6379, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8');
    socket.once('data', (reply) => {
      socket.end();
      if (reply.startsWith('-')) reject(new Error(reply.slice(1).trim()));
      else resolve(reply.slice(1).trim());
    });
    socket.once('error', reject);
  });
}
