-- Programs that training never saw
-- Which programs ran in a scored run and in no training finished before it, who started them, and how often?
-- param run = last : number of a run, or last for the newest finished one that scored rows
WITH scored AS (
  SELECT CASE WHEN $run = 'last' THEN max(run) FILTER (kind = 'score' AND finished IS NOT NULL AND "rows" > 0)
    ELSE try_cast($run AS INTEGER) END AS run FROM runs),
known AS (
  SELECT DISTINCT exe FROM event_rows
  WHERE run IN (SELECT t.run FROM runs AS t, scored AS s WHERE t.kind = 'train' AND t.finished IS NOT NULL AND t.run < s.run)),
fresh AS (
  SELECT event FROM event_rows AS e
  WHERE run = (SELECT run FROM scored) AND NOT EXISTS (SELECT 1 FROM known AS k WHERE k.exe = e.exe))
SELECT exe, any_value(parent_exe ORDER BY event) AS first_parent, any_value("user" ORDER BY event) AS first_user,
  min(ts) AS first_seen, count(*) AS events, count(DISTINCT proc) AS processes
FROM events SEMI JOIN fresh USING (event)
WHERE exe IS NOT NULL
GROUP BY exe
ORDER BY first_seen, exe
