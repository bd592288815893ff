-- Alerts and what carries them
-- What did the decider let through, of whom, and by which event, window or rhythm?
-- param run = last : number of a run, or last for the newest finished one that scored rows
-- param limit = 50 : how many lines
SELECT a.alert, a.minute, a.host, a.exe, a."user", a.ln_p, a.threshold_ln_p, a.updates, v.kind, v.ln_p AS own_ln_p,
  v."row", v.syscall, coalesce(v.path, v.daddr || coalesce(':' || v.dport, '')) AS target, v.args, v.feature,
  v.size_s, v.value, v.typical, v.rhythm
FROM alerts AS a
JOIN alert_evidence AS v ON v.run = a.run AND v.alert = a.alert
WHERE a.run = (
  SELECT CASE WHEN $run = 'last' THEN max(run) FILTER (kind = 'score' AND finished IS NOT NULL AND "rows" > 0)
    ELSE try_cast($run AS INTEGER) END FROM runs)
ORDER BY a.alert, v.rank
LIMIT $limit::BIGINT
