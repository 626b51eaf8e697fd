import { HUNDRED, type TableSet } from './table-set.ts';

/** A column beside `id`: its definition, and an SQL expression of its value in row number `r`. */
export interface MadeColumn {
  readonly name: string;
  readonly definition: string;
  readonly value: string;
}

export interface OneTable {
  readonly name: string;
  readonly what: string;
  readonly defaultRows: number;
  readonly columns: readonly MadeColumn[];
  /** SET part of the updates. */
  readonly update: string;
  /** More of the table's definition, its character set say. */
  readonly tableOptions?: string;
}

/**
 * A set of one table `id, …`: rows inserted in transactions of one statement of 100 rows, a tenth of them updated
 * five at a time.
 */
export function oneTable(shape: OneTable): TableSet {
  const table = `${shape.name}_rows`;
  const definitions = shape.columns.map(({ name, definition }) => `, ${name} ${definition}`).join('');
  const names = shape.columns.map(({ name }) => `, ${name}`).join('');
  const values = shape.columns.map(({ value }) => `, ${value}`).join('');
  return {
    name: shape.name,
    what: shape.what,
    defaultRows: shape.defaultRows,
    setup: [
      ...HUNDRED,
      `CREATE TABLE ${table} (id INT NOT NULL PRIMARY KEY${definitions}) ${shape.tableOptions ?? ''}`,
      `CREATE PROCEDURE insert_rows(IN wanted BIGINT)
BEGIN
  DECLARE base BIGINT DEFAULT 0;
  SET @inserted = 0, @updated = 0, @deleted = 0;
  WHILE base < wanted DO
    INSERT INTO ${table} (id${names})
      SELECT r${values} FROM (SELECT base + n AS r FROM hundred ORDER BY n) AS numbered;
    SET @inserted = @inserted + ROW_COUNT(), base = base + 100;
  END WHILE;
END`,
      `CREATE PROCEDURE update_rows(IN wanted BIGINT)
BEGIN
  DECLARE place BIGINT DEFAULT 0;
  WHILE @updated < wanted DO
    UPDATE ${table} SET ${shape.update} WHERE id >= place AND id < place + 5;
    SET @updated = @updated + ROW_COUNT(), place = place + 10;
  END WHILE;
END`,
    ],
    work: (rows) => [`CALL insert_rows(${rows})`, `CALL update_rows(${Math.round(rows / 10)})`],
    tables: [table],
    onePercent: null,
  };
}
