-- Who talks to whom
-- Which program of which user connected to which address and port, how often and with how many bytes?
-- param limit = 50 : how many rows
SELECT host, exe, "user", coalesce(daddr_name, daddr) AS destination, dport, proto,
  count(*) FILTER (syscall = 'connect') AS connects, sum(bytes_out) AS bytes_out, sum(bytes_in) AS bytes_in,
  min(ts) AS first_seen, max(ts) AS last_seen
FROM events
WHERE daddr IS NOT NULL AND syscall IN ('connect', 'send', 'close')
GROUP BY ALL
ORDER BY connects DESC, host, exe, "user", destination, dport, proto
LIMIT $limit::BIGINT
