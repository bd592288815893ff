-- What was lost
-- How many events were lost in each run, why, on which processor, and beside how many stored ones?
SELECT run, reason, cpu, sum(count) AS lost, min(ts) AS first_seen, max(ts) AS last_seen,
  (SELECT sum(b."rows") FROM batches AS b WHERE b.run = e.run) AS stored
FROM events AS e
WHERE syscall = 'lost'
GROUP BY run, reason, cpu
ORDER BY run, lost DESC, reason, cpu
