/**
 * Asks each server what every code of every character set is in Unicode: all single bytes, all pairs of bytes, the
 * three-byte codes of the EUC sets, GB18030's four-byte codes in steps.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectMysql, type MysqlSession } from '../../../../core/mysql/session.ts';
import { decodeText, maxBytesPerCharacter } from '../../../../runner/binlog/charset.ts';
import { charsetOf } from '../../../../runner/binlog/collations.ts';
import { targetOf } from '../../../support/binlog-rows.ts';
import { mysqlServers } from '../../../support/servers.ts';

const DATABASE = 'galaxy_charsets';
/** Older servers' name for utf8mb3. */
const ours = (charset: string): string => (charset === 'utf8' ? 'utf8mb3' : charset);
const UNICODE = /^(utf8|utf16|utf32|ucs2)/;

interface Code {
  readonly hex: string;
  /** UTF-8 of the server's conversion; null where the bytes are no text of the character set. */
  readonly utf8: string | null;
}

async function makeCodes(session: MysqlSession): Promise<void> {
  const digit = `(SELECT 0 AS d ${Array.from({ length: 15 }, (_item, index) => `UNION ALL SELECT ${index + 1}`).join(' ')})`;
  await session.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await session.query(`USE ${DATABASE}`);
  for (const name of ['a', 'b']) {
    await session.query(`CREATE TEMPORARY TABLE ${name} (c VARBINARY(4))`);
    await session.query(
      `INSERT INTO ${name} SELECT UNHEX(LPAD(HEX(x.d * 16 + y.d), 2, '0')) FROM ${digit} x, ${digit} y`,
    );
  }
  for (const name of ['pairs', 'others']) {
    await session.query(
      `CREATE TEMPORARY TABLE ${name} (c VARBINARY(4)) SELECT CONCAT(a.c, b.c) AS c FROM a, b`,
    );
  }
}

/** Rows of codes to ask for, by what a character set's codes look like. */
function sources(charset: string): string[] {
  if (UNICODE.test(charset)) return charset === 'ucs2' ? ['SELECT c FROM pairs'] : [];
  const list = ['SELECT c FROM a'];
  if (maxBytesPerCharacter(charset) > 1) list.push('SELECT c FROM pairs');
  if (charset === 'ujis' || charset === 'eucjpms') {
    list.push("SELECT CONCAT(X'8f', c) AS c FROM pairs WHERE c >= X'a1a1'");
  }
  if (charset === 'gb18030') {
    const pairs = (table: string): string =>
      `(SELECT c FROM ${table} WHERE SUBSTR(c, 1, 1) BETWEEN X'81' AND X'fe' AND SUBSTR(c, 2) BETWEEN X'30' AND X'39')`;
    // every BMP code, and a part of the planes above it
    list.push(
      `SELECT CONCAT(x.c, y.c) AS c FROM ${pairs('pairs')} x, ${pairs('others')} y ` +
        "WHERE x.c <= X'8431' OR x.c IN (X'9030', X'9539', X'9a32', X'e332')",
    );
  }
  return list;
}

async function askServer(session: MysqlSession, charset: string): Promise<Code[]> {
  const codes: Code[] = [];
  for (const source of sources(charset)) {
    const rows = await session.query(
      `SELECT HEX(c) AS hex, HEX(CONVERT(c USING ${charset})) AS kept, ` +
        `HEX(CONVERT(CONVERT(c USING ${charset}) USING utf8mb4)) AS utf8 FROM (${source}) codes`,
    );
    for (const { hex, kept, utf8 } of rows) {
      if (hex !== null && hex !== undefined) codes.push({ hex, utf8: kept === hex ? (utf8 ?? null) : null });
    }
  }
  return codes;
}

/** MySQL converts any byte to eucjpms, also the first ones of longer characters; MariaDB only what is text. */
const EUC = '(?:A[1-9A-F]|[B-E].|F[0-9A-E])';
const EUCJPMS_TEXT = new RegExp(`^(?:[0-7].|8E(?:A[1-9A-F]|[B-D].)|${EUC}${EUC}|8F${EUC}${EUC})+$`);

/** Codes that servers convert though they do not take them for text of the set, or no two of them alike. */
function isNoText(charset: string, { hex, utf8 }: Code): boolean {
  if (utf8 === null || utf8 === '') return true;
  switch (charset) {
    case 'ucs2':
      return /^D[89A-F]/.test(hex);
    case 'ujis':
      return hex.includes('8EA0');
    case 'eucjpms':
      return !EUCJPMS_TEXT.test(hex);
    default:
      return false;
  }
}

describe.each(mysqlServers())('$name', ({ address }) => {
  let session: MysqlSession;

  beforeAll(async () => {
    session = await connectMysql(targetOf(address), { queryTimeoutMs: 60_000 });
    await makeCodes(session);
  });

  afterAll(async () => {
    await session.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    await session.end();
  });

  test('decodes every code of every character set as the server does', async () => {
    const charsets = await session.query(
      "SELECT character_set_name AS name, maxlen AS bytes FROM information_schema.character_sets WHERE character_set_name <> 'binary'",
    );
    expect(charsets.length).toBeGreaterThan(35);
    const differences: string[] = [];
    let compared = 0;
    for (const { name, bytes } of charsets) {
      const charset = ours(name ?? '');
      expect(`${charset} ${maxBytesPerCharacter(charset)}`).toBe(`${charset} ${bytes}`);
      for (const code of await askServer(session, name ?? '')) {
        if (isNoText(charset, code)) continue;
        compared += 1;
        const wanted = Buffer.from(code.utf8 ?? '', 'hex').toString();
        const decoded = decodeText(Buffer.from(code.hex, 'hex'), charset);
        if (decoded !== wanted) differences.push(`${charset} ${code.hex}: ${decoded}, not ${wanted}`);
      }
    }
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(330_000);
  });

  test('knows the character set of every collation', async () => {
    const rows = await session.query(
      'SELECT id, character_set_name AS charset FROM information_schema.collations WHERE id IS NOT NULL',
    );
    if ((await session.facts()).flavor === 'mariadb') {
      const blocks = await session.query(
        'SELECT id, character_set_name AS charset FROM information_schema.collation_character_set_applicability',
      );
      expect(blocks.length).toBeGreaterThan(1000);
      rows.push(...blocks);
    }
    expect(rows.length).toBeGreaterThan(200);
    for (const { id, charset } of rows) {
      expect(`${id} ${charsetOf(Number(id))}`).toBe(`${id} ${ours(charset ?? '')}`);
    }
  });
});
