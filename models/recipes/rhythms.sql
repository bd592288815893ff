-- Who calls whom in a rhythm
-- Which pairs keep a rhythm, how long is its period, and which of them did training not know?
-- param run = last : number of a run, or last for the newest finished one that scored rows
-- param limit = 20 : how many rhythms
SELECT host, exe, "user", saddr, daddr, dport, beats, round(period_s, 3) AS period_s, round(jitter, 3) AS jitter,
  round(missed, 3) AS missed, next, round(ln_p, 1) AS ln_p, round(bits, 1) AS bits, known
FROM rhythms
WHERE run = (
  SELECT CASE WHEN $run = 'last' THEN max(run) FILTER (kind = 'score' AND finished IS NOT NULL AND "rows" > 0)
    ELSE try_cast($run AS INTEGER) END FROM runs)
ORDER BY rank
LIMIT $limit::BIGINT
