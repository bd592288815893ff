-- The most anomalous events of a run
-- Which events were furthest from normal, and which dimension carried most of it?
-- param run = last : number of a run, or last for the newest finished one that scored rows
-- param dims = 15 : 15, or 5 for the five-tuple alone
-- param limit = 20 : how many events
WITH worst AS (
  SELECT event, bits, ln_p, extrapolated,
    list_reduce(
      [{part: 'exe', bits: by_exe}, {part: 'syscall', bits: by_syscall}, {part: 'user', bits: by_user},
       {part: 'args', bits: by_args}, {part: 'ppid', bits: by_ppid}, {part: 'daddr', bits: by_daddr},
       {part: 'dport', bits: by_dport}, {part: 'saddr', bits: by_saddr}, {part: 'sport', bits: by_sport},
       {part: 'proto', bits: by_proto}, {part: 'comm', bits: by_comm}, {part: 'path', bits: by_path}],
      lambda a, b: CASE WHEN coalesce(b.bits, 0) > coalesce(a.bits, 0) THEN b ELSE a END).part AS mostly
  FROM scores
  WHERE dims = $dims::UTINYINT AND run = (
    SELECT CASE WHEN $run = 'last' THEN max(run) FILTER (kind = 'score' AND finished IS NOT NULL AND "rows" > 0)
      ELSE try_cast($run AS INTEGER) END FROM runs)
  ORDER BY ln_p, bits DESC, event
  LIMIT $limit::BIGINT)
SELECT w.event, e.ts, e.host, e."user", e.exe, e.syscall, e.args, e.daddr, e.dport, e.path, round(w.bits, 1) AS bits,
  exp(w.ln_p) AS p, w.extrapolated, w.mostly
FROM worst AS w JOIN events AS e USING (event)
ORDER BY w.ln_p, w.bits DESC, w.event
