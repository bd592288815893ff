-- How p turned out from day to day
-- By kind of score, what share of the rows and minutes was below 0.01 and 0.001? On normal data it should be about that.
-- param host = % : pattern of the host, % for any text
SELECT day, run, snapshot, kind, sum(units) AS units, round(sum(units * below_0_01) / sum(units), 5) AS below_0_01,
  round(sum(units * below_0_001) / sum(units), 5) AS below_0_001, round(min(least_ln_p), 1) AS least_ln_p
FROM p_history
WHERE coalesce(host, '') LIKE $host
GROUP BY day, run, snapshot, kind
ORDER BY day, run, kind
