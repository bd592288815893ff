-- Programs that training never saw
-- Which programs ran in a scored run and in no training run, who started them, and how often?
-- param run = last : number of a run, or last for the newest that scored
SELECT exe, any_value(parent_exe ORDER BY event) AS first_parent, any_value("user" ORDER BY event) AS first_user,
  min(ts) AS first_seen, count(*) AS events, count(DISTINCT proc) AS processes
FROM events
WHERE run = (SELECT CASE WHEN $run = 'last' THEN max(run) FILTER (kind = 'score') ELSE try_cast($run AS INTEGER) END FROM runs) AND exe IS NOT NULL
  AND exe NOT IN (
    SELECT exe FROM events WHERE exe IS NOT NULL AND run IN (SELECT run FROM runs WHERE kind = 'train'))
GROUP BY exe
ORDER BY first_seen, exe
