import type { CellColumns, Pair } from '../../tuple/learned.js';
import type { ContextTable } from '../contexts.js';
import type { WindowBursts } from '../learning/window-bursts.js';
import type { Roles } from '../roles.js';
import type { Segments } from '../segments.js';

/** What windows are frozen from. */
export interface WindowState {
  readonly cells: CellColumns;
  readonly contexts: ContextTable;
  readonly segments: Segments;
  readonly roles: Roles;
  /** Hosts that are left out, as if nothing was learned of them. */
  readonly leftOut: readonly Pair[];
  /** Days of entities whose odd minutes do not count yet. */
  readonly bursts: WindowBursts;
}
