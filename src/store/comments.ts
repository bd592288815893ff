import { identifier, literal } from '../duck/sql-text.js';
import { DESCRIBED_DECISIONS } from './decision-comments.js';
import { DESCRIBED_LEARNED } from './learned-comments.js';
import { DESCRIBED_RUNS } from './run-comments.js';
import { DESCRIBED_SCORES } from './score-comments.js';

const DESCRIBED = { ...DESCRIBED_SCORES, ...DESCRIBED_LEARNED, ...DESCRIBED_DECISIONS, ...DESCRIBED_RUNS };

/** COMMENT ON statements for all tables and views that analysts read. */
export function commentStatements(): string[] {
  return Object.entries(DESCRIBED).flatMap(([name, described]) => [
    `COMMENT ON ${described.object} ${name} IS ${literal(described.doc)}`,
    ...Object.entries(described.columns).map(
      ([column, doc]) => `COMMENT ON COLUMN ${name}.${identifier(column)} IS ${literal(doc)}`,
    ),
  ]);
}
