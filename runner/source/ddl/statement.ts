import type { SchemaChange } from './schema-change.ts';
import type { TableName } from './table-name.ts';

/** A statement of the binlog as far as the stream has to know it. */
export type Statement =
  | { readonly kind: 'begin' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  /** The transaction goes on. `name` in lower case, as savepoints are compared. */
  | { readonly kind: 'savepoint'; readonly verb: 'set' | 'release' | 'rollback'; readonly name: string }
  | {
      readonly kind: 'xa';
      readonly verb: 'start' | 'end' | 'prepare' | 'commit' | 'rollback';
      /** As XaPrepareEvent.xid writes it. */
      readonly xid: string;
      readonly onePhase: boolean;
    }
  /** Data in statement format; `tables` empty where they can't be told. */
  | { readonly kind: 'dml'; readonly tables: readonly TableName[] }
  | {
      readonly kind: 'ddl';
      readonly action: 'ddl' | 'truncate';
      /** The statement is about a table, a database, or something that has neither's rows (view, routine, index …). */
      readonly object: 'table' | 'database' | 'other';
      readonly verb: string;
      readonly database: string;
      /** The first table that the statement names; null for DATABASE statements. */
      readonly table: string | null;
      /** All that it names, in order. */
      readonly tables: readonly TableName[];
      /** Without passwords. */
      readonly sql: string;
      readonly changes: readonly SchemaChange[];
    }
  | { readonly kind: 'account' }
  | { readonly kind: 'other' }
  | { readonly kind: 'unparsed' };
