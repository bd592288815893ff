import { type FileHandle, open } from 'node:fs/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { QuinceError } from '../errors/quince-error.js';

/**
 * A file written in order, through gzip when its name ends in `.gz`. Every `write` leaves all bytes so far where a
 * reader can inflate them, so that a recording that is killed is readable up to its last chunk.
 */
export class OutputFile {
  private readonly deflated: Uint8Array[] = [];
  private readonly gzip: Gzip | undefined;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {
    if (!path.endsWith('.gz')) return;
    this.gzip = createGzip();
    this.gzip.on('data', (bytes: Uint8Array) => this.deflated.push(bytes));
  }

  /** @throws BAD_ARGUMENT when the file exists and `force` is not set, or cannot be made. */
  static async create(path: string, force: boolean): Promise<OutputFile> {
    try {
      return new OutputFile(path, await open(path, force ? 'w' : 'wx'));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const got = code === 'EEXIST' ? 'a file that exists (--force overwrites it)' : code;
      throw new QuinceError('BAD_ARGUMENT', `${path} requires a file that can be made, got ${got}`, { cause: error });
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.gzip === undefined) return this.store(bytes);
    const { gzip } = this;
    await new Promise<void>((resolve, reject) => gzip.write(bytes, (error) => (error ? reject(error) : resolve())));
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    await this.storeDeflated();
  }

  /** Ends the file on the disk. */
  async close(): Promise<void> {
    const { gzip } = this;
    try {
      if (gzip !== undefined) {
        await new Promise<void>((resolve, reject) => gzip.once('end', resolve).once('error', reject).end());
        await this.storeDeflated();
      }
      await this.handle.sync();
    } finally {
      await this.handle.close();
    }
  }

  private async storeDeflated(): Promise<void> {
    const bytes = Buffer.concat(this.deflated.splice(0));
    if (bytes.length > 0) await this.store(bytes);
  }

  private async store(bytes: Uint8Array): Promise<void> {
    try {
      await this.handle.appendFile(bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new QuinceError('BAD_ARGUMENT', `${this.path} requires a disk that takes writes, got ${code}`, {
        cause: error,
      });
    }
  }
}
