import { readFileSync } from 'node:fs';

const PACKAGE = new URL('../../../package.json', import.meta.url);

/** Version of the package. */
export const VERSION: string = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;

export function versionText(): string {
  return `quince ${VERSION}, Node.js ${process.version}`;
}
