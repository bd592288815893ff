-- Which contexts are immature
-- Where is it likely that the next thing is new, so that a novelty says little?
-- param host = % : pattern of the host, % for any text
-- param exe = % : pattern of the program
-- param limit = 20 : how many contexts
SELECT host, exe, factor, given, round(news, 4) AS news, seen, distinct_values, units, top_value, round(top_share, 4) AS top_share
FROM maturity
WHERE dims = 15 AND coalesce(host, '') LIKE $host AND coalesce(exe, '') LIKE $exe
ORDER BY news DESC, seen DESC, host, exe, factor, given
LIMIT $limit::BIGINT
