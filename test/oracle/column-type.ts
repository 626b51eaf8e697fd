import type { MysqlName } from '../support/servers.ts';
import type { Chance } from './chance.ts';
import type { Kind } from './kinds.ts';

/** What the types and statements of a round depend on. */
export interface Server {
  readonly name: MysqlName;
  readonly flavor: 'mysql' | 'mariadb';
  /** 57, 80, 97; of MariaDB 1011. */
  readonly version: number;
}

export function serverOf(name: MysqlName): Server {
  const version = name === 'mariadb' ? 1011 : Number(name.slice('mysql'.length));
  return { name, flavor: name === 'mariadb' ? 'mariadb' : 'mysql', version };
}

export interface ColumnType {
  readonly sql: string;
  readonly kind: Kind;
  /** An SQL expression, now and then of a value that the server clips. */
  readonly literal: (chance: Chance) => string;
  /** Whether an index may hold it: as a whole, only its first characters, or not at all. */
  readonly key: 'yes' | 'prefix' | 'no';
  /** Left out of images by binlog_row_image=NOBLOB. */
  readonly blob: boolean;
  /** How many bytes of a row's 65,535 it takes at most. */
  readonly bytes: number;
  /** Documents that JSON_SET and others may change in part. */
  readonly document?: boolean;
}
