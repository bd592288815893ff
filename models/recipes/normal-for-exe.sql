-- What is normal for a program
-- In all finished training, which users, parents, calls, destinations and ports did a program have, and in what shares?
-- param exe = /usr/bin/curl : path of the program
-- param top = 5 : values a dimension
WITH mine AS (
  SELECT "user", parent_exe, syscall, daddr, dport::VARCHAR AS dport, proto, path
  FROM events
  WHERE exe = $exe AND run IN (SELECT run FROM runs WHERE kind = 'train' AND finished IS NOT NULL)),
counted AS (
  SELECT dimension, value, count(*) AS n FROM (UNPIVOT mine ON COLUMNS(*) INTO NAME dimension VALUE value) GROUP BY ALL)
SELECT dimension, value, n, round(n / sum(n) OVER (PARTITION BY dimension), 4) AS share
FROM counted
QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY n DESC, value) <= $top::BIGINT
ORDER BY dimension, n DESC, value
