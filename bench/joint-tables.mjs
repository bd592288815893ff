/** The 15 tables of ODDS in ADBench's form, from QUINCE_ODDS or beside the repository, and what others published on them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const DEFAULT = fileURLToPath(new URL('../../shared/data/adbench-odds/', import.meta.url));

/** Folder of the tables; undefined where it is absent. */
export function tablesFolder() {
  const folder = process.env.QUINCE_ODDS ?? DEFAULT;
  return existsSync(folder) ? folder : undefined;
}

/** Numeric columns without the label, and the labels (1 is an anomaly), of all tables or of those whose file is small. */
export function readTables(folder, mostBytes = Number.POSITIVE_INFINITY) {
  const files = readdirSync(folder).filter(
    (file) => file.endsWith('.csv.gz') && statSync(`${folder}/${file}`).size <= mostBytes,
  );
  return files
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((file) => {
      const [, ...lines] = gunzipSync(readFileSync(`${folder}/${file}`))
        .toString()
        .trim()
        .split('\n');
      const cells = lines.map((line) => line.split(',').map(Number));
      const columns = cells[0].length - 1;
      const values = Float64Array.from(cells.flatMap((row) => row.slice(0, columns)));
      const name = file.slice(file.indexOf('_') + 1, -'.csv.gz'.length);
      return { name, table: { rows: cells.length, columns, values }, labels: cells.map((row) => row[columns]) };
    });
}

/** Published AUROC by table (lower case) and detector. */
export function readPublished(folder) {
  const [head, ...lines] = readFileSync(`${folder}/published-auroc.csv`, 'utf8').trim().split('\n');
  const names = head.split(',');
  const rows = lines.map((line) => line.split(','));
  return new Map(rows.map((row) => [row[0], Object.fromEntries(row.map((cell, i) => [names[i], Number(cell)]))]));
}
