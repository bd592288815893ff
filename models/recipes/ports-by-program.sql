-- Ports by program
-- Which ports does each program listen on, accept on and connect to?
-- param exe = % : pattern of the program, % for any text
WITH used AS (
  SELECT exe, CASE syscall WHEN 'connect' THEN 'connects to' ELSE 'serves' END AS side, proto,
    CASE syscall WHEN 'connect' THEN dport ELSE sport END AS port, proc
  FROM events
  WHERE syscall IN ('connect', 'accept', 'bind', 'listen') AND exe LIKE $exe)
SELECT exe, side, proto, port, count(*) AS events, count(DISTINCT proc) AS processes
FROM used
WHERE port IS NOT NULL
GROUP BY exe, side, proto, port
ORDER BY exe, side, events DESC, port, proto
