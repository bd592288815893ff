// One simple query to PostgreSQL on a connection of its own: start-up, query and rows of protocol 3.0, trusted login.
import { connect } from 'node:net';

const startup = (user, database) => {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196608, 4);
  return Buffer.concat([head, body]);
};

const message = (type, text) => {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

/** Values of a DataRow message as text. */
function values(row) {
  const out = [];
  let at = 2;
  for (let n = row.readInt16BE(0); n > 0; n--) {
    const length = row.readInt32BE(at);
    at += 4;
    out.push(length < 0 ? null : row.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return out;
}

/** Resolves to the rows of `sql`, each an array of texts. Rejects with the server's error. */
export function query(sql, user = 'app', database = 'shop') {
  return new Promise((resolve, reject) => {
    const rows = [];
    let pending = Buffer.alloc(0);
    let asked = false;
    const socket = connect(5432, '127.0.0.1', () => socket.write(startup(user, database)));
    const take = (type, body) => {
      if (type === 'D') rows.push(values(body));
      else if (type === 'E') reject(new Error(body.toString('utf8').replaceAll('\0', ' ')));
      else if (type === 'Z' && !asked) {
        asked = true;
        socket.write(message('Q', sql));
      } else if (type === 'Z') {
        socket.end(Buffer.from([0x58, 0, 0, 0, 4]));
        resolve(rows);
      }
    };
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 5 && pending.length > pending.readInt32BE(1)) {
        const length = pending.readInt32BE(1) + 1;
        take(String.fromCharCode(pending[0]), pending.subarray(5, length));
        pending = pending.subarray(length);
      }
    });
    socket.once('error', reject);
  });
}
