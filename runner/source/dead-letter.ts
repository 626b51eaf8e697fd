/**
 * What goes to the dead letter topic in place of rows that can't be read: everything to find them in the log, and,
 * where it is not too large, to read them later without the log.
 *
 *   {"action":"dead_letter","task_id","id","database","table","code","message",
 *    "event_header":{"timestamp","log_pos","file","server_id","gtid","inner_event"},
 *    "event":{"action","table_map","columns_present","columns_present_after","partial_json","rows","rows_bytes"}}
 *
 * Bytes are base64: `table_map` is the body of the TABLE_MAP event, `rows` the row images of the rows event; null where
 * they are too large. Rows of the event before the one that failed may have been delivered.
 */
import type { CdcError } from '../../core/errors.ts';
import type { RowsEvent } from '../binlog/event.ts';
import type { DdlContext } from '../format/envelope.ts';

export interface DeadRows {
  readonly taskId: string;
  readonly id: string;
  readonly error: CdcError;
  readonly event: RowsEvent;
  readonly at: DdlContext;
  readonly bytesMax: number;
}

/** Base64 takes 4 bytes for 3, and the rest of a letter takes some too. */
const fits = (bytes: number, bytesMax: number): boolean => (bytes * 4) / 3 + 4_096 <= bytesMax;

export function deadLetterOfRows({ taskId, id, error, event, at, bytesMax }: DeadRows): string {
  const { map, action, present, presentAfter, partialJson, rows } = event;
  const { file, gtid } = at.transaction;
  const whole = fits(rows.length + map.bytes.length, bytesMax);
  const base64 = (bytes: Buffer): string | null => (whole ? bytes.toString('base64') : null);
  return JSON.stringify({
    action: 'dead_letter',
    task_id: taskId,
    id,
    database: map.database,
    table: map.table,
    code: error.code,
    message: error.message,
    event_header: {
      timestamp: at.timestamp,
      log_pos: at.logPos,
      file,
      server_id: at.serverId,
      gtid,
      inner_event: at.innerEvent,
    },
    event: {
      action,
      table_map: base64(map.bytes),
      columns_present: base64(present),
      columns_present_after: base64(presentAfter),
      partial_json: partialJson,
      rows: base64(rows),
      rows_bytes: rows.length,
    },
  });
}
