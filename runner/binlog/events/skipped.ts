/**
 * Events that say nothing about rows in row format, known by name so that they pass without a question:
 * STOP, INTVAR, RAND and USER_VAR (context of a statement-format write), the LOAD DATA events of statement
 * format, group replication's TRANSACTION_CONTEXT and VIEW_CHANGE, MariaDB's BINLOG_CHECKPOINT.
 */
import type { EventHeader, SkippedEvent } from '../event.ts';
import { EVENT, eventName } from '../event-types.ts';

/** Type code; whether it stands for rows that no rows event will bring. */
const SKIPPED: ReadonlyMap<number, boolean> = new Map([
  [EVENT.STOP, false],
  [EVENT.INTVAR, false],
  [EVENT.LOAD, true],
  [EVENT.CREATE_FILE, false],
  [EVENT.APPEND_BLOCK, false],
  [EVENT.EXEC_LOAD, true],
  [EVENT.DELETE_FILE, false],
  [EVENT.NEW_LOAD, true],
  [EVENT.RAND, false],
  [EVENT.USER_VAR, false],
  [EVENT.BEGIN_LOAD_QUERY, false],
  [EVENT.EXECUTE_LOAD_QUERY, true],
  [EVENT.IGNORABLE, false],
  [EVENT.TRANSACTION_CONTEXT, false],
  [EVENT.VIEW_CHANGE, false],
  [EVENT.MARIADB_BINLOG_CHECKPOINT, false],
]);

/** null for a type that is not among them. */
export function skippedEvent(header: EventHeader): SkippedEvent | null {
  const carriesData = SKIPPED.get(header.typeCode);
  if (carriesData === undefined) return null;
  return { kind: 'skipped', header, name: eventName(header.typeCode), carriesData };
}
