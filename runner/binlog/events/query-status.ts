/**
 * The status variables of a QUERY_EVENT: a code byte each, then a value whose length the code decides. The codes
 * are those of MySQL's libs/mysql/binlog/event/statement_events.h and MariaDB's sql/log_event.h (128 and up). A
 * code that is not known ends the walk: its length can't be known, and what we need comes early.
 *
 *    0  4  flags2                       10  4  size on the old source
 *    1  8  sql_mode                     11     invoker: two strings of 1-byte length
 *    2     catalog: length, text, NUL   12     updated databases: count, NUL-ended names
 *    3  4  auto_increment               13  3  microseconds
 *    4  6  collations of client,        16  1  explicit_defaults_for_timestamp
 *          connection and server        17  8  XID of a DDL
 *    5     time zone: length, text      18  2  default collation of utf8mb4
 *    6     catalog: length, text        19  1  sql_require_primary_key
 *    7  2  lc_time_names                20  1  default_table_encryption
 *    8  2  collation of the database   128  3  microseconds
 *    9  8  table map for update        129  8  XID of a DDL
 *                                      130     extra GTID flags, 8 bytes more for two of them
 *                                      131     collations of character sets: count, 4 bytes each
 */
import type { ByteReader } from '../reader.ts';

export interface QueryStatus {
  sqlMode: bigint | null;
  clientCollation: number | null;
  serverCollation: number | null;
  databaseCollation: number | null;
  explicitTimestamps: boolean | null;
}

const FIXED_LENGTHS: ReadonlyMap<number, number> = new Map([
  [0, 4],
  [3, 4],
  [7, 2],
  [9, 8],
  [10, 4],
  [13, 3],
  [17, 8],
  [18, 2],
  [19, 1],
  [20, 1],
  [128, 3],
  [129, 8],
]);

/** More databases than the event lists: no names follow. */
const TOO_MANY_DATABASES = 254;
/** MariaDB's FL_COMMIT_ALTER_E1 and FL_ROLLBACK_ALTER_E1: the sequence number of START ALTER follows. */
const ALTER_END_FLAGS = 0x0c;

function skipName(vars: ByteReader): void {
  const length = vars.bytes.subarray(vars.offset, vars.end).indexOf(0);
  vars.take(length < 0 ? vars.left + 1 : length + 1, 'updated database');
}

/** Walks one variable; false when its code is not known. */
function walk(vars: ByteReader, code: number, status: QueryStatus): boolean {
  switch (code) {
    case 1:
      status.sqlMode = vars.u64('sql_mode');
      return true;
    case 2:
      vars.take(vars.u8('catalog length') + 1, 'catalog');
      return true;
    case 4:
      status.clientCollation = vars.u16('client collation');
      vars.take(2, 'connection collation');
      status.serverCollation = vars.u16('server collation');
      return true;
    case 5:
    case 6:
      vars.take(vars.u8('length'), code === 5 ? 'time zone' : 'catalog');
      return true;
    case 8:
      status.databaseCollation = vars.u16('database collation');
      return true;
    case 11:
      vars.take(vars.u8('user length'), 'invoking user');
      vars.take(vars.u8('host length'), 'invoking host');
      return true;
    case 12: {
      const count = vars.u8('updated databases');
      if (count !== TOO_MANY_DATABASES) for (let left = count; left > 0; left -= 1) skipName(vars);
      return true;
    }
    case 16:
      status.explicitTimestamps = vars.u8('explicit_defaults_for_timestamp') !== 0;
      return true;
    case 130:
      if ((vars.u8('extra GTID flags') & ALTER_END_FLAGS) !== 0) vars.take(8, 'sequence number of ALTER');
      return true;
    case 131:
      vars.take(vars.u8('collation count') * 4, 'collations of character sets');
      return true;
    default: {
      const length = FIXED_LENGTHS.get(code);
      if (length !== undefined) vars.take(length, `status variable ${code}`);
      return length !== undefined;
    }
  }
}

export function parseQueryStatus(vars: ByteReader): QueryStatus {
  const status: QueryStatus = {
    sqlMode: null,
    clientCollation: null,
    serverCollation: null,
    databaseCollation: null,
    explicitTimestamps: null,
  };
  while (vars.left > 0 && walk(vars, vars.u8('status variable'), status));
  return status;
}
