/** Statements that make and change tables in every way that the servers have, for a test that compares with them. */
import type { MysqlName } from './servers.ts';

const ALL: readonly MysqlName[] = ['mysql97', 'mysql80', 'mysql57', 'mariadb'];
const MYSQL: readonly MysqlName[] = ['mysql97', 'mysql80', 'mysql57'];
const MYSQL8: readonly MysqlName[] = ['mysql97', 'mysql80'];
const MARIADB: readonly MysqlName[] = ['mariadb'];

interface DdlCase {
  readonly on: readonly MysqlName[];
  readonly sql: readonly string[];
}

const TYPES = `CREATE TABLE types (
  a TINYINT UNSIGNED, b SMALLINT(5) ZEROFILL, c MEDIUMINT, d INT4, e INTEGER SIGNED, f INT8 UNSIGNED NOT NULL,
  g BOOL, h DEC, i NUMERIC(7), j FIXED(65,30), k FLOAT(7,4), l FLOAT(25), m DOUBLE PRECISION(10,2), n REAL, o BIT,
  p BIT(64), q CHAR, r CHARACTER VARYING(7), s NATIONAL CHAR(3), t NVARCHAR(4), u VARCHAR(5) CHARACTER SET binary,
  v CHAR(5) BYTE, w BINARY, x VARBINARY(9), y TINYTEXT, z LONG VARCHAR, aa LONG VARBINARY, ab TEXT CHARSET latin1,
  ac TEXT CHARACTER SET binary, ad ENUM('a','b''c','d\\ne ', 'x,y)') COLLATE latin1_bin, ae SET('1','2') ASCII,
  af DATE, ag TIME(6), ah DATETIME(3), ai TIMESTAMP(2) NULL DEFAULT NULL, aj YEAR, ak POINT, al GEOMETRYCOLLECTION,
  am CHAR(3) UNICODE, an MEDIUMBLOB, ao VARCHAR(10) BINARY, ap SERIAL
)`;

export const DDL_CASES: readonly DdlCase[] = [
  { on: ALL, sql: [TYPES] },
  {
    on: MYSQL,
    sql: [
      "CREATE TABLE js (id INT PRIMARY KEY, j JSON NOT NULL, g INT AS (id + 1) STORED, v INT AS (id * 2) VIRTUAL COMMENT 'NOT NULL, x INT')",
    ],
  },
  { on: ['mysql97'], sql: ['CREATE TABLE vec (v VECTOR(3), w VECTOR NOT NULL)'] },
  {
    on: MARIADB,
    sql: [
      'CREATE TABLE mdb (a INET4, b INET6 NOT NULL, c UUID, j JSON, k VARCHAR(100) COMPRESSED, l TEXT COMPRESSED, m INT DEFAULT (1 + 1), n VARCHAR(9) DEFAULT uuid(), PRIMARY KEY (b))',
    ],
  },
  {
    on: ALL,
    sql: [
      'CREATE TABLE keys1 (a INT UNIQUE, b INT NOT NULL, c VARCHAR(20) NOT NULL, d INT NOT NULL, `key` INT, UNIQUE (b), UNIQUE (b, d), UNIQUE KEY z (c(5)), KEY (c), CONSTRAINT sym UNIQUE (d), CHECK (c > 0), INDEX named USING BTREE (a, b))',
      'ALTER TABLE keys1 DROP INDEX sym, ADD UNIQUE INDEX later (d, b), DROP KEY b_2',
      'CREATE UNIQUE INDEX made ON keys1 (b, c)',
      'DROP INDEX made ON keys1',
      'ALTER TABLE keys1 ADD PRIMARY KEY (d, b)',
      'ALTER TABLE keys1 MODIFY d BIGINT, CHANGE b bb INT NOT NULL AFTER d',
      'ALTER TABLE keys1 DROP PRIMARY KEY, ADD id INT AUTO_INCREMENT PRIMARY KEY FIRST',
      'ALTER TABLE keys1 DROP COLUMN a, ADD (y INT, z INT NOT NULL), ADD COLUMN x CHAR(2) AFTER id',
    ],
  },
  {
    on: ALL,
    sql: [
      'CREATE TABLE swap (id INT PRIMARY KEY, a INT, b INT, c VARCHAR(3))',
      'ALTER TABLE swap CHANGE a b INT, CHANGE b a INT',
      'ALTER TABLE swap MODIFY c VARCHAR(3) FIRST, MODIFY a BIGINT AFTER id',
      'ALTER TABLE swap ADD n1 INT FIRST, ADD n2 INT FIRST, ADD n3 INT AFTER n1, DROP COLUMN c, ADD COLUMN c DATE',
      'ALTER TABLE swap RENAME TO swapped, ADD COLUMN last INT',
      'ALTER TABLE swapped RENAME AS swap',
    ],
  },
  {
    on: [...MYSQL8, ...MARIADB],
    sql: [
      'CREATE TABLE ren (id INT PRIMARY KEY, a INT, b CHAR(1), UNIQUE u (a))',
      'ALTER TABLE ren RENAME COLUMN a TO b, RENAME COLUMN b TO a',
      'ALTER TABLE ren RENAME INDEX u TO uu, ALTER COLUMN a SET DEFAULT 1',
    ],
  },
  {
    on: MYSQL8,
    sql: [
      "CREATE TABLE inv (id INT PRIMARY KEY, a INT INVISIBLE, b VARCHAR(9) DEFAULT (CONCAT('x,', ')')), KEY ((a + 1)), UNIQUE KEY ((a * 2)), CHECK (a <> 3) NOT ENFORCED)",
      'ALTER TABLE inv ADD COLUMN c INT NOT NULL DEFAULT 4 CHECK (c IS NOT NULL), ALTER a SET VISIBLE, ALGORITHM=COPY',
    ],
  },
  {
    on: MYSQL8,
    sql: [
      'SET SESSION sql_generate_invisible_primary_key = ON',
      'CREATE TABLE gipk (a INT, b INT)',
      'ALTER TABLE gipk ADD COLUMN c INT',
      'SET SESSION sql_generate_invisible_primary_key = OFF',
    ],
  },
  {
    on: ALL,
    sql: [
      'ALTER DATABASE {db} CHARACTER SET utf8mb4',
      "CREATE TABLE cs1 (a VARCHAR(10), b TEXT CHARSET latin1, c ENUM('x'))",
      'CREATE TABLE cs2 (a VARCHAR(10), b CHAR(5) COLLATE cp1250_general_ci) DEFAULT CHARSET=latin2',
      'ALTER TABLE cs2 ADD COLUMN c VARCHAR(3), MODIFY a VARCHAR(11)',
      'ALTER TABLE cs2 CHARACTER SET = cp1251, ADD COLUMN d CHAR(9)',
      'ALTER TABLE cs2 COLLATE utf8_general_ci',
      'ALTER TABLE cs2 ADD e VARCHAR(2)',
      'ALTER TABLE cs1 CONVERT TO CHARACTER SET gbk',
      'ALTER TABLE cs1 CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ADD z VARCHAR(4)',
      'ALTER DATABASE {db} COLLATE latin1_bin',
      'CREATE TABLE cs3 (a VARCHAR(10) NOT NULL, b VARCHAR(2) CHARACTER SET utf8mb4, KEY (a))',
    ],
  },
  {
    on: ALL,
    sql: [
      'CREATE TABLE part (id INT NOT NULL, b INT, PRIMARY KEY (id)) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)',
      'ALTER TABLE part REORGANIZE PARTITION p1 INTO (PARTITION p2 VALUES LESS THAN (20), PARTITION p3 VALUES LESS THAN MAXVALUE)',
      'ALTER TABLE part TRUNCATE PARTITION p0, p2',
      'ALTER TABLE part DROP PARTITION p0, p2',
      'ALTER TABLE part REMOVE PARTITIONING',
      'ALTER TABLE part ADD COLUMN c INT PARTITION BY KEY (id) PARTITIONS 3',
      "ALTER TABLE part ENGINE=InnoDB, COMMENT='DROP COLUMN b', ORDER BY b",
    ],
  },
  {
    on: ALL,
    sql: [
      'CREATE TABLE lk (id INT PRIMARY KEY, a INT, UNIQUE (a))',
      'CREATE TABLE lk2 LIKE lk',
      'CREATE TABLE lk3 (LIKE lk)',
      'ALTER TABLE lk2 ADD COLUMN b INT DEFAULT 7',
      'RENAME TABLE lk TO lk_old, lk2 TO lk',
      'DROP TABLE IF EXISTS nope, lk_old',
      'CREATE TABLE IF NOT EXISTS lk (other VARCHAR(5))',
      'TRUNCATE TABLE lk',
    ],
  },
  {
    on: ALL,
    sql: [
      'CREATE DATABASE {db}_2 DEFAULT CHARACTER SET cp1256',
      'CREATE TABLE {db}_2.x (a VARCHAR(3))',
      'RENAME TABLE {db}_2.x TO {db}.moved',
      'ALTER TABLE moved ADD b CHAR(2)',
      'CREATE TABLE {db}_2.y LIKE moved',
      'DROP DATABASE {db}_2',
    ],
  },
  {
    on: ALL,
    sql: [
      "CREATE TABLE `odd ``t.x` (`a b` INT NOT NULL, `select` INT, `ключ` VARCHAR(3) COMMENT 'it''s, `x`; \\' y', -- c INT\n `order` DATE /* , d INT */, PRIMARY KEY (`a b`))",
      'ALTER /*!50000 TABLE */ `odd ``t.x` ADD COLUMN /*!50000 `new` INT, ADD */ `n2` INT # comment',
      "SET SESSION sql_mode = 'ANSI_QUOTES'",
      'CREATE TABLE "ansi" ("a" INT, "b""c" VARCHAR(3), PRIMARY KEY ("a"))',
      "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,REAL_AS_FLOAT'",
      "CREATE TABLE nbe (a ENUM('x\\', 'y'), r REAL)",
      "SET SESSION sql_mode = ''",
      'CREATE TABLE fk (id INT PRIMARY KEY, p INT, CONSTRAINT c1 FOREIGN KEY (p) REFERENCES fk (id) ON DELETE SET NULL ON UPDATE CASCADE)',
      'ALTER TABLE fk DROP FOREIGN KEY c1, ADD UNIQUE (p)',
      'CREATE TABLE ts (id INT, a TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, b DATETIME(3) DEFAULT NOW(3), c TIMESTAMP(6) NULL, UNIQUE (a))',
    ],
  },
  {
    // MySQL 5.7 with GTIDs refuses it
    on: [...MYSQL8, ...MARIADB],
    sql: [
      'CREATE TABLE lk (id INT PRIMARY KEY, a INT)',
      "CREATE TABLE sel AS SELECT id, a, 'x' AS c, 1.5 AS d FROM lk",
      'CREATE TABLE sel2 (z INT PRIMARY KEY) IGNORE SELECT a FROM lk',
    ],
  },
  {
    on: MARIADB,
    sql: [
      'CREATE TABLE ver (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING',
      'CREATE TABLE ver2 (id INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e), UNIQUE (id)) WITH SYSTEM VERSIONING',
      'CREATE TABLE ver3 (id INT)',
      'ALTER TABLE ver3 ADD SYSTEM VERSIONING',
      'CREATE OR REPLACE TABLE ver3 (name CHAR(3))',
      'ALTER TABLE ver3 ADD COLUMN IF NOT EXISTS name INT, DROP COLUMN IF EXISTS nope, ADD INDEX IF NOT EXISTS i (name)',
      'ALTER TABLE IF EXISTS nope ADD COLUMN x INT',
      'CREATE TABLE inv (a INT, b INT INVISIBLE)',
    ],
  },
  {
    on: MARIADB,
    sql: [
      'CREATE TABLE again (id INT PRIMARY KEY)',
      'ALTER TABLE again ADD (a INT, b INT UNSIGNED NOT NULL), CHANGE COLUMN a a VARCHAR(20)',
      'ALTER TABLE again ADD (c INT, d INT, e INT), MODIFY c CHAR(3) AFTER d, MODIFY d BIGINT',
    ],
  },
  {
    on: MARIADB,
    sql: [
      "SET SESSION sql_mode = 'ORACLE'",
      'CREATE TABLE ora (a VARCHAR2(10), b NUMBER, c NUMBER(7,2), d DATE, e RAW(5), f CLOB)',
      "SET SESSION sql_mode = ''",
    ],
  },
];
