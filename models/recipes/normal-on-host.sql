-- What is normal for a program on a host
-- In all finished training, which users, parents, calls, ports and destinations did it have there, how much did it do in a window, and whom did it call how often?
-- param exe = /usr/sbin/sshd : path of the program
-- param host = web1 : the host
-- param top = 5 : values a dimension
WITH mine AS (
  SELECT "user", parent_exe, syscall, daddr, path, proto,
    CASE WHEN syscall IN ('connect', 'send') THEN dport::VARCHAR END AS "port called",
    CASE WHEN syscall IN ('accept', 'bind', 'listen') THEN sport::VARCHAR END AS "port served"
  FROM events
  WHERE exe = $exe AND host = $host AND run IN (SELECT run FROM runs WHERE kind = 'train' AND finished IS NOT NULL)),
counted AS (
  SELECT dimension, value, count(*) AS n FROM (UNPIVOT mine ON COLUMNS(*) INTO NAME dimension VALUE value) GROUP BY ALL),
shares AS (
  SELECT 'dimension' AS part, dimension AS name, value, n, n / sum(n) OVER (PARTITION BY dimension) AS share
  FROM counted
  QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY n DESC, value) <= $top::BIGINT),
windows AS (
  SELECT 'window', feature || ' in ' || size_s // 60 || ' min' || coalesce(' as ' || "user", ''),
    'usually ' || median || ', at most ' || most || ' ' || unit, windows, NULL
  FROM learned_windows WHERE host = $host AND exe = $exe AND NOT whole_host),
calls AS (
  SELECT 'calls', daddr || coalesce(' port ' || dport, ''), 'every ' || round(median_gap_s, 1) || ' s', calls, NULL
  FROM learned_calls WHERE host = $host AND exe = $exe
  QUALIFY row_number() OVER (ORDER BY calls DESC, daddr, dport) <= $top::BIGINT)
SELECT part, name, value, n, round(share, 4) AS share
FROM (FROM shares UNION ALL FROM windows UNION ALL FROM calls)
ORDER BY CASE part WHEN 'dimension' THEN 0 WHEN 'window' THEN 1 ELSE 2 END, name, n DESC, value
