import { expect, test } from 'vitest';
import { parseStatement } from '../../../../../runner/source/ddl/parse-statement.ts';

function messageOf(sql: string, flavor: 'mysql' | 'mariadb' = 'mysql'): string {
  const statement = parseStatement(sql, {
    flavor,
    serverVersion: flavor === 'mysql' ? [9, 7, 0] : [10, 11, 0],
    database: 'd',
    sqlMode: null,
    lowerCaseTableNames: 0,
    serverCollation: null,
    explicitTimestamps: null,
  });
  return statement.kind === 'ddl' ? statement.sql : statement.kind;
}

const body = (sql: string): string => `CREATE PROCEDURE p() BEGIN ${sql}; END`;

test.each([
  body("CREATE USER u@'h' IDENTIFIED BY 'S3cret'"),
  body("CREATE USER u IDENTIFIED\n/* x */ BY-- y\n 'S3cret'"),
  body("create user u identified with 'caching_sha2_password' by 'S3cret' replace 'S3cret'"),
  body("ALTER USER u IDENTIFIED WITH mysql_native_password AS '*S3cret'"),
  body('ALTER USER u IDENTIFIED WITH caching_sha2_password AS 0x53336372657453'),
  body("ALTER USER u IDENTIFIED BY 'it''s S3cret\\'s'"),
  body('ALTER USER u IDENTIFIED BY "S3cret"'),
  body("SET PASSWORD FOR 'u'@'h' = 'S3cret'"),
  body("SET PASSWORD = PASSWORD('S3cret')"),
  body("SET PASSWORD FOR u@h = /* x */ 'S3cret' REPLACE 'S3cret'"),
  body("GRANT ALL ON *.* TO u IDENTIFIED BY PASSWORD '*S3cret'"),
  body("CREATE USER u IDENTIFIED VIA ed25519 USING PASSWORD('S3cret') OR unix_socket"),
  body("CREATE USER u IDENTIFIED VIA pam USING 'x' OR ed25519 USING 'S3cret'"),
  body("CHANGE MASTER TO MASTER_HOST='h', MASTER_PASSWORD  =\t'S3cret'"),
  body("CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD='S3cret'"),
  body("START REPLICA USER='u' PASSWORD='S3cret'"),
  body("CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD 'S3cret')"),
  body("SET @s = 'ALTER USER u IDENTIFIED BY ''S3cret'''; PREPARE s FROM @s"),
  body('SET @s = "SET PASSWORD FOR u = \'S3cret\'"'),
  "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET PASSWORD FOR u = 'S3cret'",
  "CREATE TABLE t (id INT) ENGINE=FEDERATED CONNECTION='mysql://u:S3cret@h:3306/d/t'",
  "CREATE TABLE t (id INT) ENGINE=FEDERATED CONNECTION = 'mysql://u:S3cret@h/d/t' COMMENT 'x'",
  "ALTER TABLE t CONNECTION='mysql://u:S3cret@h/d/t'",
  "CREATE TABLE t (id INT) ENGINE=CONNECT TABLE_TYPE=ODBC CONNECTION='DSN=x;UID=u;PWD=S3cret'",
  "CREATE TABLE t (id INT) ENGINE=CONNECT OPTION_LIST='host=h,user=u,password=S3cret'",
  'CREATE TABLE t (id INT) ENGINE=SPIDER COMMENT=\'wrapper "mysql", user "u", password "S3cret"\'',
  "CREATE TABLE t (id INT) /* CREATE USER u IDENTIFIED BY 'S3cret' */",
  'CREATE TABLE t (id INT) -- mysql://u:S3cret@h/\n',
  "CREATE TABLE t (id INT) /*!99999 CONNECTION='mysql://u:S3cret@h/d' */",
  "/* SET PASSWORD FOR u = 'S3cret' */ DROP TABLE t",
])('no password comes out of %s', (sql) => {
  for (const flavor of ['mysql', 'mariadb'] as const) {
    const message = messageOf(sql, flavor);
    expect(message).toContain('***');
    expect(message).not.toMatch(/S3cret|53336372/);
  }
});

test.each([
  "CREATE VIEW v AS SELECT 'x' AS 'the alias' FROM t WHERE a = 'b' -- IDENTIFIED",
  "CREATE TABLE t (id INT COMMENT 'password of the user', `password` VARCHAR(9) DEFAULT 'x') COMMENT 'see http://h/x'",
  "CREATE TABLE t (d VARCHAR(9) DEFAULT _utf8mb4'x', e BINARY(2) DEFAULT x'0a0b', f INT DEFAULT 0x0a) PARTITION BY KEY (d)",
  body("LOAD DATA INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ',' ENCLOSED BY '\"'"),
  "CREATE TABLE t (id INT) ENGINE=FEDERATED CONNECTION='server_one/t'",
  "ALTER TABLE t COMMENT = 'it''s /* not */ a comment' /*!50100 PARTITION BY HASH (id) */",
])('%s stays as it is', (sql) => {
  expect(messageOf(sql)).toBe(sql);
});

test('a statement about accounts is no message', () => {
  for (const sql of [
    "CREATE USER u IDENTIFIED BY 'S3cret'",
    "SET PASSWORD FOR u = 'S3cret'",
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (PASSWORD 'S3cret')",
    "CREATE OR REPLACE USER u IDENTIFIED BY 'S3cret'",
    "/*!50000 ALTER */ USER u IDENTIFIED BY 'S3cret'",
  ]) {
    expect(messageOf(sql)).toBe('account');
  }
});
