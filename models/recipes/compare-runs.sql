-- How two runs scored the same events
-- Which events does a run call more, or less, surprising than another run that scored them: last week by the model of today? (quince score --stored scores stored events again.)
-- param run = last : number of a run, or last for the newest finished one that scored rows
-- param against = 1 : number of the run to compare with
-- param limit = 20 : how many events
WITH newer AS (
  SELECT CASE WHEN $run = 'last' THEN max(run) FILTER (kind = 'score' AND finished IS NOT NULL AND "rows" > 0)
    ELSE try_cast($run AS INTEGER) END AS run FROM runs),
both_runs AS (
  SELECT a.event, a.bits AS bits, b.bits AS bits_against, a.ln_p, b.ln_p AS ln_p_against, a.snapshot, b.snapshot AS snapshot_against
  FROM scores AS a JOIN scores AS b ON b.event = a.event AND b.dims = a.dims
  WHERE a.dims = 15 AND a.run = (SELECT run FROM newer) AND b.run = $against::BIGINT),
most AS (
  SELECT *, count(*) OVER () AS scored_by_both FROM both_runs ORDER BY abs(ln_p - ln_p_against) DESC, event LIMIT $limit::BIGINT)
SELECT m.event, e.ts, e.host, e."user", e.exe, e.syscall, e.daddr, e.dport, e.path, round(m.bits, 1) AS bits,
  round(m.bits_against, 1) AS bits_against, exp(m.ln_p) AS p, exp(m.ln_p_against) AS p_against, m.snapshot, m.snapshot_against,
  m.scored_by_both
FROM most AS m JOIN events AS e USING (event)
ORDER BY abs(m.ln_p - m.ln_p_against) DESC, m.event
