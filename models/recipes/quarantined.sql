-- What was quarantined, and why
-- Which signatures were too odd to be learned at once, what became of them, and what decided?
-- param state = % : pattern of the state: held, released, accepted or rejected; % for all
SELECT id, state, reason, first_day, last_day, days, hosts, round(ln_p, 1) AS ln_p, host, exe, "user", syscall, args, daddr, dport, path
FROM quarantine
WHERE dims = 15 AND state LIKE $state
ORDER BY ln_p, id
