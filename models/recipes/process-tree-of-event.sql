-- The process tree above an event
-- Which process did it, who started that, and so on up to the oldest ancestor that was seen?
-- param event = 0 : global id of the event
WITH RECURSIVE processes AS (
  SELECT proc, any_value(parent_proc) AS parent_proc, any_value(pid) AS pid, any_value(exe ORDER BY event DESC) AS exe,
    any_value(args ORDER BY event DESC) AS args, any_value("user" ORDER BY event DESC) AS "user", min(ts) AS first_seen
  FROM events
  WHERE proc IS NOT NULL
  GROUP BY proc),
chain AS (
  SELECT 0 AS depth, p.* FROM processes AS p
  WHERE p.proc = (SELECT proc FROM event_rows WHERE event = $event::BIGINT)
  UNION ALL
  SELECT c.depth + 1, p.* FROM chain AS c JOIN processes AS p ON p.proc = c.parent_proc WHERE c.depth < 64)
SELECT depth, pid, exe, args, "user", first_seen, proc FROM chain ORDER BY depth
