/** A small reader of Zeek's conn logs as TSV, gzipped: enough for the benchmark of rhythms. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Connections of all logs in a folder, in order of file. Each log of a file follows its own #fields line. */
export function* connections(folder) {
  for (const file of readdirSync(folder).sort()) {
    if (!file.startsWith('conn.') || !file.endsWith('.gz')) continue;
    let at = {};
    for (const line of gunzipSync(readFileSync(`${folder}/${file}`))
      .toString('utf8')
      .split('\n')) {
      if (line.startsWith('#fields\t')) {
        at = Object.fromEntries(
          line
            .split('\t')
            .slice(1)
            .map((name, i) => [name, i]),
        );
      }
      if (line === '' || line.startsWith('#')) continue;
      const values = line.split('\t');
      yield {
        ms: Math.floor(1000 * Number(values[at.ts])),
        source: values[at['id.orig_h']],
        destination: values[at['id.resp_h']],
        port: Number(values[at['id.resp_p']]),
        proto: values[at.proto],
        service: values[at.service],
        state: values[at.conn_state],
      };
    }
  }
}
