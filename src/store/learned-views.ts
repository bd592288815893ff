/**
 * Views over what was learned, and over how scores turned out. They read the numbers of cells by the words in `terms`, so
 * nothing of a model stands here.
 */

/** What the bin of a count stands for: see stats/count-bins.ts. */
function binValue(bin: string): string {
  const start = (at: string) => `greatest(65, ceil(64 * 2 ** ((${at} - 65) / 16)))`;
  return `CASE WHEN ${bin} <= 64 THEN ${bin}::DOUBLE ELSE (${start(bin)} + ${start(`${bin} + 1`)} - 1) / 2 END`;
}

/** Parts of a context that is kept one rung a part: contexts.rung 0, 1, 2. */
function part(name: string, code: string, rung: number): string {
  return `LEFT JOIN contexts AS c_${name} ON c_${name}.context = x.context AND c_${name}.factor = ${code}
    AND c_${name}.rung = ${rung}
  LEFT JOIN names AS n_${name} ON n_${name}.value = c_${name}.value`;
}

const MATURITY = `CREATE OR REPLACE VIEW maturity AS
WITH RECURSIVE by_value AS (
  SELECT k.name AS kind, c.context, c.value, count(DISTINCT g.day) AS days, sum(c.n) AS n
  FROM cells AS c JOIN kinds AS k USING (kind) JOIN segments AS g USING (segment)
  WHERE k.name IN ('factor15', 'factor5') AND c.value NOT IN (SELECT code FROM terms WHERE what = 'value' AND name = 'unknown')
  GROUP BY ALL),
counted AS (
  SELECT kind, context, sum(n)::DOUBLE AS seen, count(*)::DOUBLE AS distinct_values, sum(days)::DOUBLE AS units,
    sum(days) FILTER (days = 1) AS new_days, count(*) FILTER (n = 1) AS once,
    arg_max(value, n) AS top, max(n)::DOUBLE AS top_seen
  FROM by_value GROUP BY kind, context),
chain AS (
  SELECT c.context AS finest, c.factor, c.rung, c.parent, c.value
  FROM contexts AS c JOIN counted AS x ON x.context = c.context AND c.factor // 100 = CASE x.kind WHEN 'factor15' THEN 15 ELSE 5 END
  UNION ALL
  SELECT ch.finest, c.factor, c.rung, c.parent, c.value
  FROM chain AS ch JOIN contexts AS c ON c.context = ch.parent AND c.factor = ch.factor AND c.rung < ch.rung),
named AS (
  SELECT ch.finest, ch.factor, list(r.name || coalesce(' ' || n.text, '') ORDER BY ch.rung) FILTER (r.name <> 'all') AS given,
    any_value(n.text) FILTER (r.name = 'host') AS host, any_value(n.text) FILTER (r.name = 'exe') AS exe
  FROM chain AS ch LEFT JOIN terms AS r ON r.what = 'rung' AND r.code = ch.factor * 16 + ch.rung
  LEFT JOIN names AS n ON n.value = ch.value
  GROUP BY ch.finest, ch.factor),
learned AS (
  SELECT coalesce(arg_max(card ->> 'calibration', snapshot) = 'prequential', false) AS by_day FROM snapshot_rows)
SELECT x.context, f.name AS factor, f.detail AS dimension, m.factor // 100 AS dims, m.host, m.exe, m.given, x.seen,
  x.distinct_values, x.units,
  CASE WHEN (SELECT by_day FROM learned) THEN coalesce(x.new_days, 0) / x.units ELSE x.once / x.seen END AS news,
  t.text AS top_value, x.top_seen / x.seen AS top_share
FROM counted AS x JOIN named AS m ON m.finest = x.context
LEFT JOIN terms AS f ON f.what = 'factor' AND f.code = m.factor
LEFT JOIN names AS t ON t.value = x.top`;

const CALIBRATION = `CREATE OR REPLACE VIEW calibration AS
WITH x AS (
  SELECT c.context, CASE k.name WHEN 'calibration15' THEN 15 ELSE 5 END AS dims, g.day, c.value AS bin, c.n
  FROM cells AS c JOIN kinds AS k USING (kind) JOIN segments AS g USING (segment)
  WHERE k.name IN ('calibration15', 'calibration5'))
SELECT x.dims, DATE '1970-01-01' + x.day AS day, n_host.text AS host, n_exe.text AS exe, n_syscall.text AS syscall,
  c_mask.value AS mask,
  (SELECT list(t.name ORDER BY t.code) FROM terms AS t
    WHERE t.what = 'known' AND t.code // 100 = x.dims AND (c_mask.value >> (t.code % 100)::UTINYINT) & 1 = 1) AS known,
  x.bin::DOUBLE / (SELECT code FROM terms WHERE what = 'bins_per_bit') AS bits, x.n::DOUBLE AS units
FROM x ${part('host', 'x.dims * 100 + 98', 0)}
  ${part('exe', 'x.dims * 100 + 98', 1)}
  ${part('syscall', 'x.dims * 100 + 98', 2)}
  LEFT JOIN contexts AS c_mask ON c_mask.context = x.context AND c_mask.factor = x.dims * 100 + 98 AND c_mask.rung = 3`;

/** The value of a window's cell is laid out as in baseline/window/window-cells.ts. */
const LEARNED_WINDOWS = `CREATE OR REPLACE VIEW learned_windows AS
WITH cell AS (
  SELECT c.context, (c.value >> 20) & 255 AS feature, (c.value >> 16) & 15 AS size, c.value & 4095 AS bin, sum(c.n) AS n
  FROM cells AS c JOIN kinds AS k USING (kind) WHERE k.name = 'window' GROUP BY ALL),
up AS (
  SELECT *, sum(n) OVER (PARTITION BY context, feature, size ORDER BY bin) AS up_to,
    sum(n) OVER (PARTITION BY context, feature, size) AS total FROM cell),
x AS (
  SELECT context, feature, size, any_value(total)::DOUBLE AS windows, min(bin) FILTER (2 * up_to >= total) AS middle,
    max(bin) AS top
  FROM up GROUP BY context, feature, size)
SELECT n_host.text AS host, c_whole.value = 1 AS whole_host, n_exe.text AS exe, n_user.text AS "user", f.name AS feature,
  f.detail AS unit, s.name::INTEGER AS size_s, x.windows, ${binValue('x.middle')} AS median,
  ${binValue('x.top')} AS most
FROM x ${part('host', '96', 0)}
  ${part('exe', '96', 1)}
  ${part('user', '96', 2)}
  LEFT JOIN contexts AS c_whole ON c_whole.context = x.context AND c_whole.factor = 96 AND c_whole.rung = 3
  LEFT JOIN terms AS f ON f.what = 'feature' AND f.code = x.feature
  LEFT JOIN terms AS s ON s.what = 'size' AND s.code = x.size`;

const LEARNED_CALLS = `CREATE OR REPLACE VIEW learned_calls AS
WITH beat AS (
  SELECT c.context, (g.day::BIGINT * 86400000 + c.value::BIGINT) AS ms
  FROM cells AS c JOIN kinds AS k USING (kind) JOIN segments AS g USING (segment) WHERE k.name = 'rhythm'),
gap AS (SELECT context, ms, ms - lag(ms) OVER (PARTITION BY context ORDER BY ms) AS after FROM beat),
x AS (
  SELECT context, count(*)::DOUBLE AS calls, median(after) / 1000 AS median_gap_s, min(ms) AS first_ms, max(ms) AS last_ms
  FROM gap GROUP BY context)
SELECT n_host.text AS host, n_exe.text AS exe, n_user.text AS "user", n_saddr.text AS saddr, n_daddr.text AS daddr,
  n_dport.text AS dport, x.calls, x.median_gap_s, make_timestamptz(x.first_ms * 1000) AS first_call,
  make_timestamptz(x.last_ms * 1000) AS last_call
FROM x ${['host', 'exe', 'user', 'saddr', 'daddr', 'dport'].map((name, rung) => part(name, '95', rung)).join('\n  ')}`;

const MODELS = `CREATE OR REPLACE VIEW models AS
SELECT snapshot, as_of, created_run, card ->> 'model' AS model, card ->> 'learning' AS learning,
  (card ->> 'daysLearned')::INTEGER AS days_learned, card ->> 'calibration' AS calibration,
  (card ->> 'hourCalibrated')::BOOLEAN AS hour_calibrated,
  (card -> 'views' -> 'fifteen' ->> 'units')::DOUBLE AS units, (card -> 'views' -> 'fifteen' ->> 'groups')::INTEGER AS groups,
  (card -> 'views' -> 'fifteen' ->> 'contexts')::INTEGER AS contexts, (card -> 'views' -> 'fifteen' ->> 'cells')::INTEGER AS cells,
  (card -> 'views' -> 'five' ->> 'units')::DOUBLE AS units_five, (card -> 'windows' ->> 'entities')::INTEGER AS window_subjects,
  (card -> 'windows' ->> 'units')::DOUBLE AS window_units, card -> 'windows' ->> 'history' AS window_history,
  (card -> 'rhythms' ->> 'pairs')::INTEGER AS pairs, (card -> 'rhythms' ->> 'judged')::INTEGER AS pairs_judged,
  (card -> 'rhythms' ->> 'rhythms')::INTEGER AS rhythms, size, checksum
FROM snapshot_rows`;

const P_HISTORY = `CREATE OR REPLACE VIEW p_history AS
WITH scored AS (
  SELECT s.run, s.snapshot, e.ts, CASE s.dims WHEN 15 THEN 'row' ELSE 'five-tuple' END AS kind, h.text AS host, s.ln_p
  FROM scores AS s JOIN event_rows AS e ON e.event = s.event LEFT JOIN strings AS h ON h.code = e.host
  UNION ALL
  SELECT w.run, r.snapshot, w.minute, CASE WHEN w.feature = 'silence' THEN 'silence' WHEN w.whole_host THEN 'host minute'
    ELSE 'subject minute' END, w.host, w.ln_p
  FROM window_rows AS w JOIN runs AS r ON r.run = w.run)
SELECT run, snapshot, (ts AT TIME ZONE 'UTC')::DATE AS day, kind, host, count(*) AS units,
  avg((ln_p <= ln(0.01))::INTEGER) AS below_0_01, avg((ln_p <= ln(0.001))::INTEGER) AS below_0_001, min(ln_p) AS least_ln_p
FROM scored GROUP BY ALL`;

export const LEARNED_VIEWS: readonly string[] = [
  MATURITY,
  CALIBRATION,
  LEARNED_WINDOWS,
  LEARNED_CALLS,
  MODELS,
  P_HISTORY,
];
