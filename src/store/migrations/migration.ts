import type { Session } from '../../duck/session.js';

/** One step of the schema. Never edited once released: databases of that version exist. */
export interface Migration {
  /** The version the database has after it. */
  readonly version: number;
  up(session: Session): Promise<void>;
}
