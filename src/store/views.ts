import { createHash } from 'node:crypto';
import type { Session } from '../duck/session.js';
import { identifier } from '../duck/sql-text.js';
import { COLUMNS } from '../tuple/columns.js';
import { QUARANTINE_COLUMNS } from '../tuple/learned.js';
import { commentStatements } from './comments.js';
import { LEARNED_VIEWS } from './learned-views.js';

/**
 * Views for analysts. They hold no data, so they are no part of the migrations: they are made again whenever this text
 * differs from what the database was last given.
 *
 * Texts are looked up by position in one list of all strings, made once a query: a query pays for the columns it names
 * and not for one join a column (DECISIONS.md has the figures).
 */
function eventsView(): string {
  const columns = COLUMNS.map((c) => {
    const name = identifier(c.name);
    return c.type === 'dict' ? `d.texts[e.${name}] AS ${name}` : `e.${name}`;
  });
  return `CREATE OR REPLACE VIEW events AS
SELECT e.event, e.run, e.batch, e."row", ${columns.join(', ')}
FROM event_rows AS e CROSS JOIN (SELECT list(text ORDER BY code) AS texts FROM strings) AS d`;
}

const FINDINGS = `CREATE OR REPLACE VIEW findings AS
SELECT f.finding, f.run, f.dims, f.rank, f.tree, f.tree_ln_p, f.ln_p, s.bits, s.extrapolated, s.few, e.event, e."row",
  e.ts, e.host, e."user", e.exe, e.args, e.syscall, e.daddr, e.dport, e.path, e.parent_exe, e.ancestors, e.proc,
  coalesce(f.hosts, 1) AS hosts, nullif(f.announced, 0) AS announced
FROM finding_rows AS f
JOIN events AS e ON e.event = f.event
LEFT JOIN scores AS s ON s.event = f.event AND s.run = f.run AND s.dims = f.dims`;

const CONTEXTS_NAMED = `CREATE OR REPLACE VIEW contexts_named AS
SELECT c.context, c.factor, c.rung, n.text AS value, p.context AS parent, m.text AS parent_value
FROM contexts AS c
LEFT JOIN names AS n ON n.value = c.value
LEFT JOIN contexts AS p ON p.context = c.parent AND p.factor = c.factor AND p.rung < c.rung
LEFT JOIN names AS m ON m.value = p.value`;

const CELLS_NAMED = `CREATE OR REPLACE VIEW cells_named AS
SELECT k.name AS kind, h.text AS host, DATE '1970-01-01' + g.day AS day, c.context, n.text AS value, c.value AS value_hash,
  c.n, c.s
FROM cells AS c
JOIN kinds AS k ON k.kind = c.kind
LEFT JOIN segments AS g ON g.segment = c.segment
LEFT JOIN names AS h ON h.value = g.host
LEFT JOIN names AS n ON n.value = c.value`;

const SNAPSHOTS = `CREATE OR REPLACE VIEW snapshots AS
SELECT snapshot, kind, as_of, created_run, checksum, size, card FROM snapshot_rows`;

const WINDOWS = `CREATE OR REPLACE VIEW windows AS
SELECT run, minute, host, whole_host, exe, "user", feature, size_s, value, typical, lost, window_ln_p, bits, ln_p, units
FROM window_rows`;

const JOINT = 'CREATE OR REPLACE VIEW joint AS SELECT * FROM joint_rows';

const RHYTHMS = 'CREATE OR REPLACE VIEW rhythms AS SELECT * FROM rhythm_rows';

const ALERTS = `CREATE OR REPLACE VIEW alerts AS
SELECT run, alert, minute, worst, host, whole_host, exe, "user", score, ln_p, threshold_ln_p, closed_form, updates FROM alert_rows`;

const ALERT_EVIDENCE = `CREATE OR REPLACE VIEW alert_evidence AS
SELECT v.run, v.alert, v.rank, v.kind, v.ln_p, v.trust, v.event, e."row", e.ts, e.syscall, e.args, e.path, e.daddr, e.dport,
  v.minute, v.whole_host, v.feature, v.size_s, v.value, v.typical, v.rhythm
FROM alert_evidence_rows AS v LEFT JOIN events AS e ON e.event = v.event`;

const QUARANTINE = `CREATE OR REPLACE VIEW quarantine AS
SELECT printf('%016x', q.signature) AS id, q.dims, q.state, q.reason, DATE '1970-01-01' + q.first_day AS first_day,
  DATE '1970-01-01' + q.last_day AS last_day, q.days, q.hosts, q.ln_p, q.run, printf('%016x', q.apart) AS alike,
  ${QUARANTINE_COLUMNS.map((name) => `n_${name}.text AS ${identifier(name)}`).join(', ')}
FROM quarantine_rows AS q
${QUARANTINE_COLUMNS.map((name) => `LEFT JOIN names AS n_${name} ON n_${name}.value = q.${identifier(name)}`).join('\n')}`;

/** Expiry goes by the time of events: by the newest day learned. */
const VERDICTS = `CREATE OR REPLACE VIEW verdicts AS
SELECT v.verdict, CASE WHEN v.revoked IS NOT NULL THEN 'revoked'
    WHEN v.until_day < (SELECT max(day) FROM segments) THEN 'expired' ELSE 'in force' END AS state,
  v.scope, r.text AS role, DATE '1970-01-01' + v.until_day AS until, v.weight, v."by", v.why, v.made, v.revoked, v.event,
  printf('%016x', v.signature) AS signature, ${QUARANTINE_COLUMNS.map((name) => `v.${identifier(name)}`).join(', ')}
FROM verdict_rows AS v LEFT JOIN names AS r ON r.value = v.role`;

const ANNOUNCEMENTS = `CREATE OR REPLACE VIEW announcements AS
SELECT a.announcement, a.name, CASE WHEN a.cancelled IS NOT NULL THEN 'cancelled'
    WHEN a.until_us <= (SELECT epoch_us(max(ts)) FROM event_rows) THEN 'over' ELSE 'in force' END AS state,
  make_timestamptz(a.from_us) AS "from", make_timestamptz(a.until_us) AS until, a.hosts, a.exes, a.made, a.cancelled,
  coalesce(sum(c.trees), 0)::BIGINT AS trees, coalesce(sum(c."rows"), 0)::BIGINT AS "rows",
  coalesce(sum(c.units), 0)::BIGINT AS units
FROM announcement_rows AS a LEFT JOIN announcement_counts AS c USING (announcement) GROUP BY ALL`;

const STATEMENTS = [
  eventsView(),
  FINDINGS,
  WINDOWS,
  JOINT,
  CONTEXTS_NAMED,
  CELLS_NAMED,
  SNAPSHOTS,
  RHYTHMS,
  ALERTS,
  ALERT_EVIDENCE,
  QUARANTINE,
  VERDICTS,
  ANNOUNCEMENTS,
  ...LEARNED_VIEWS,
  ...commentStatements(),
];

/** Tells whether a database has these views. */
export const VIEWS_CHECKSUM = createHash('sha256').update(STATEMENTS.join(';\n')).digest('hex');

export async function createViews(session: Session): Promise<void> {
  await session.run(STATEMENTS.join(';\n'));
}
