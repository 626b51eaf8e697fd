import { HUNDRED, type TableSet } from './table-set.ts';

const TABLES = 1_000;
const ROWS_PER_STATEMENT = 10;
/** After so many rows every table has got its ten. */
export const ROWS_PER_TURN: number = TABLES * ROWS_PER_STATEMENT;

const nameOf = (index: number): string => `t${String(index).padStart(3, '0')}`;

/** One thousand tables, written in turn, ten rows a transaction. */
export const many: TableSet = {
  name: 'many',
  what: '1,000 tables of 4 columns, written in turn, 10 rows a transaction',
  defaultRows: 1_000_000,
  setup: [
    ...HUNDRED,
    ...Array.from(
      { length: TABLES },
      (_, index) =>
        `CREATE TABLE ${nameOf(index)} (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, name VARCHAR(60) NOT NULL, at DATETIME(3) NOT NULL)`,
    ),
    `CREATE PROCEDURE insert_in_turn(IN wanted BIGINT)
BEGIN
  DECLARE turn BIGINT DEFAULT 0;
  SET @inserted = 0, @updated = 0, @deleted = 0;
  WHILE @inserted < wanted DO
    SET @place = ${ROWS_PER_STATEMENT} * turn;
    SET @text = CONCAT('INSERT INTO t', LPAD(turn MOD ${TABLES}, 3, '0'),
      ' SELECT r, r * 7919 MOD 500000, CONCAT(''name of row '', r), TIMESTAMP(''2024-01-01'') + INTERVAL r SECOND',
      ' FROM (SELECT @place + n AS r FROM hundred WHERE n < ${ROWS_PER_STATEMENT} ORDER BY n) AS numbered');
    PREPARE statement FROM @text;
    EXECUTE statement;
    SET @inserted = @inserted + ROW_COUNT(), turn = turn + 1;
    DEALLOCATE PREPARE statement;
  END WHILE;
END`,
  ],
  work: (rows) => [`CALL insert_in_turn(${rows})`],
  tables: Array.from({ length: TABLES }, (_, index) => nameOf(index)),
  onePercent: 'bench.t00*',
};
