-- What surprised, dimension by dimension
-- How many bits does each dimension add to the scores of a run, on average and at most?
-- param run = last : number of a run, or last for the newest finished one that scored rows
-- param dims = 15 : 15, or 5 for the five-tuple alone
WITH parts AS (
  UNPIVOT (SELECT COLUMNS('by_.*') FROM scores
    WHERE dims = $dims::UTINYINT AND run = (
      SELECT CASE WHEN $run = 'last' THEN max(run) FILTER (kind = 'score' AND finished IS NOT NULL AND "rows" > 0)
        ELSE try_cast($run AS INTEGER) END FROM runs))
  ON COLUMNS('by_.*') INTO NAME part VALUE bits)
SELECT substr(part, 4) AS dimension, count(*) AS known, round(avg(bits), 3) AS mean_bits, round(max(bits), 1) AS max_bits,
  round(100 * sum(bits) / nullif(sum(sum(bits)) OVER (), 0), 1) AS share_percent
FROM parts
GROUP BY part
ORDER BY share_percent DESC, dimension
