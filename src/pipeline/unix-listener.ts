import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { QuinceError } from '../errors/quince-error.js';
import { SOCKET_PATH_BYTES } from '../tuple/sensor-socket.js';

export interface ListenOptions {
  readonly path: string;
  /** Id of a group that may connect too; otherwise only the owner may. */
  readonly gid?: number;
  readonly onConnection: (socket: Socket) => void;
}

/**
 * Listens on a Unix socket of mode 0600, or 0660 for a group. A socket file that nobody listens on is replaced. Closing
 * the server removes the file.
 * @throws SOCKET_TAKEN when somebody listens there, BAD_ARGUMENT when no socket can be made there
 */
export async function listenOn({ path, gid, onConnection }: ListenOptions): Promise<Server> {
  const bytes = Buffer.byteLength(path);
  if (bytes === 0 || bytes > SOCKET_PATH_BYTES || path.includes('\0')) {
    throw new QuinceError('BAD_ARGUMENT', `a socket requires a path of 1 to ${SOCKET_PATH_BYTES} bytes, got ${bytes}`);
  }
  await removeStale(path);
  const server = createServer({ allowHalfOpen: true }, onConnection);
  try {
    await bind(server, path);
    if (gid !== undefined) {
      chownSync(path, -1, gid);
      chmodSync(path, 0o660);
    }
    return server;
  } catch (error) {
    server.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw taken(path);
    throw new QuinceError('BAD_ARGUMENT', `socket ${path} requires a folder and rights to make it, got ${code}`, {
      cause: error,
    });
  }
}

/** The file is made inside `listen`, so that the mask holds from its first moment; nothing else runs meanwhile. */
function bind(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } finally {
    process.umask(before);
  }
}

function taken(path: string): QuinceError {
  return new QuinceError('SOCKET_TAKEN', `socket ${path} requires a path of its own, got one where a sensor listens`, {
    hint: 'give another --socket, or end the other sensor',
  });
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new QuinceError('BAD_ARGUMENT', `socket ${path} requires a path that is free, got a file that is no socket`);
  }
  if (await isAnswered(path)) throw taken(path);
  // Another sensor may have replaced it meanwhile.
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === found.ino) unlinkSync(path);
}

/** True unless the kernel says that nobody listens. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
}
