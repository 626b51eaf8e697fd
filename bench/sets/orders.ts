import { HUNDRED, type TableSet } from './table-set.ts';

const TABLE = `CREATE TABLE orders (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  k INT NOT NULL DEFAULT 0,
  c CHAR(120) NOT NULL DEFAULT '',
  pad CHAR(60) NOT NULL DEFAULT '',
  amount DECIMAL(12,2) NOT NULL DEFAULT 0,
  created DATETIME(3) NOT NULL,
  note VARCHAR(200) NULL,
  js JSON NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;

/** Transactions of one, two, three, one… statements of 100 rows. `r` is the number of a row. */
const INSERTS = `CREATE PROCEDURE insert_orders(IN wanted BIGINT)
BEGIN
  DECLARE base, statements_left, transactions BIGINT DEFAULT 0;
  SET @inserted = 0;
  WHILE base < wanted DO
    SET statements_left = 1 + transactions MOD 3;
    START TRANSACTION;
    WHILE statements_left > 0 AND base < wanted DO
      INSERT INTO orders (k, c, pad, amount, created, note, js)
        SELECT 1 + r * 7919 MOD 500000,
               CONCAT(SHA2(r, 256), '-', LEFT(SHA2(r + 1, 256), 55)),
               LEFT(SHA2(r + 2, 256), 60),
               r * 37 MOD 1000000 / 100,
               TIMESTAMP('2024-01-01 00:00:00.000') + INTERVAL r * 123 SECOND + INTERVAL r MOD 1000 * 1000 MICROSECOND,
               IF(r MOD 5 = 0, NULL,
                  CONCAT('order note ', r, IF(r MOD 7 = 0, ' — größer 注文 ☃', ''), REPEAT('x', r MOD 60))),
               IF(r MOD 2 = 0, NULL,
                  JSON_OBJECT('sku', CONCAT('A', r MOD 9999), 'qty', r MOD 13, 'px', r MOD 777 / 10,
                              'tags', JSON_ARRAY('x', 'y'), 'gift', r MOD 11 = 0))
        FROM (SELECT base + n AS r FROM hundred ORDER BY n) AS numbered;
      SET @inserted = @inserted + ROW_COUNT(), base = base + 100, statements_left = statements_left - 1;
    END WHILE;
    COMMIT;
    SET transactions = transactions + 1;
  END WHILE;
END`;

/** Transactions of one to ten rows, in turn as one statement and as a statement a row. */
const UPDATES = `CREATE PROCEDURE update_orders(IN wanted BIGINT)
BEGIN
  DECLARE transactions, width, step BIGINT DEFAULT 0;
  DECLARE place BIGINT DEFAULT 1;
  SET @updated = 0;
  WHILE @updated < wanted DO
    SET width = 1 + transactions * 7 MOD 10, step = 0;
    START TRANSACTION;
    IF transactions MOD 2 = 0 THEN
      UPDATE orders SET k = k + 1, amount = amount + 1.25, note = CONCAT('upd ', transactions)
        WHERE id >= place AND id < place + width;
      SET @updated = @updated + ROW_COUNT();
    ELSE
      WHILE step < width DO
        UPDATE orders SET k = k + 1, amount = amount + 0.5 WHERE id = place + step;
        SET @updated = @updated + ROW_COUNT(), step = step + 1;
      END WHILE;
    END IF;
    COMMIT;
    SET place = place + 2 * width, transactions = transactions + 1;
  END WHILE;
END`;

const DELETES = `CREATE PROCEDURE delete_orders(IN wanted BIGINT)
BEGIN
  DECLARE transactions, width BIGINT DEFAULT 0;
  DECLARE place BIGINT DEFAULT 5;
  SET @deleted = 0;
  WHILE @deleted < wanted DO
    SET width = 1 + transactions * 3 MOD 10;
    DELETE FROM orders WHERE id >= place AND id < place + width;
    SET @deleted = @deleted + ROW_COUNT(), place = place + 5 * width, transactions = transactions + 1;
  END WHILE;
END`;

/**
 * An order table of eight columns: of ten rows inserted in large statements three are updated in small
 * transactions and one is deleted. About 391 bytes of binlog a row.
 */
export const orders: TableSet = {
  name: 'orders',
  what: '8 columns (ids, text, decimal, datetime, JSON); inserts in statements of 100 rows, small updates, deletes',
  defaultRows: 1_000_000,
  setup: [...HUNDRED, TABLE, INSERTS, UPDATES, DELETES],
  work: (rows) => [
    `CALL insert_orders(${rows})`,
    `CALL update_orders(${Math.round(rows * 0.3)})`,
    `CALL delete_orders(${Math.round(rows * 0.1)})`,
  ],
  tables: ['orders'],
  onePercent: null,
};
