-- The loudest subjects
-- Whose minutes were most often, and most, beyond usual, and by what?
-- param run = last : number of a run, or last for the newest finished one that scored rows
-- param limit = 20 : how many subjects
SELECT host, whole_host, exe, "user", count(*) AS minutes, count(*) FILTER (ln_p <= ln(0.01)) AS below_0_01,
  count(*) FILTER (ln_p <= ln(0.001)) AS findings, round(min(ln_p), 1) AS least_ln_p,
  arg_min(feature, ln_p) AS feature, arg_min(size_s, ln_p) AS size_s, arg_min(value, ln_p) AS value,
  round(arg_min(typical, ln_p), 1) AS typical, arg_min(minute, ln_p) AS worst_minute
FROM windows
WHERE run = (
  SELECT CASE WHEN $run = 'last' THEN max(run) FILTER (kind = 'score' AND finished IS NOT NULL AND "rows" > 0)
    ELSE try_cast($run AS INTEGER) END FROM runs)
GROUP BY host, whole_host, exe, "user"
ORDER BY findings DESC, below_0_01 DESC, least_ln_p, host, exe, "user"
LIMIT $limit::BIGINT
