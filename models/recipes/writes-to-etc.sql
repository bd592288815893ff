-- Who writes to /etc
-- Which programs opened for writing, renamed, removed or changed files below a folder, and which files?
-- param folder = /etc/ : the folder, with its last slash
SELECT host, exe, "user", syscall, count(*) AS events, count(DISTINCT path) AS files,
  list(DISTINCT path ORDER BY path)[:10] AS examples, max(ts) AS last_seen
FROM events
WHERE syscall IN ('open', 'rename', 'link', 'symlink', 'unlink', 'truncate', 'chmod', 'chown')
  AND (starts_with(path, $folder) OR starts_with(path_to, $folder))
  AND (syscall <> 'open' OR regexp_matches(coalesce(flags, 'wronly'), 'WRONLY|RDWR|CREAT|TRUNC|APPEND|WRITE', 'i'))
GROUP BY ALL
ORDER BY events DESC, host, exe, "user", syscall
