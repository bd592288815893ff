-- Ports by program
-- Which ports does each program listen on, accept on and connect to?
-- param exe = % : pattern of the program, % for any text
SELECT exe, CASE syscall WHEN 'connect' THEN 'connects to' ELSE 'serves' END AS side, proto,
  CASE syscall WHEN 'connect' THEN dport ELSE sport END AS port, count(*) AS events, count(DISTINCT proc) AS processes
FROM events
WHERE syscall IN ('connect', 'accept', 'bind', 'listen') AND exe LIKE $exe
GROUP BY ALL
HAVING port IS NOT NULL
ORDER BY exe, side, events DESC, port, proto
