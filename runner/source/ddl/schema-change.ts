/** What a statement does to the schema, as far as rows and their keys depend on it. */
import type { ColumnKind } from '../../binlog/table-shape.ts';
import type { TableName } from './table-name.ts';

/** A data type as it is written; what it inherits from its table is not resolved yet. */
export interface TypeSpec {
  readonly kind: ColumnKind;
  readonly unsigned: boolean;
  /** CHAR, VARCHAR: characters; BINARY, VARBINARY: bytes; BIT: bits; else null. */
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly fraction: number | null;
  readonly labels: readonly string[] | null;
  /** Named by the type itself or its attributes; null: the table's, where the type has one at all. */
  readonly charset: string | null;
  readonly compressed: boolean;
}

export interface ColumnSpec {
  readonly name: string;
  readonly type: TypeSpec;
  /** null: not known, the server's explicit_defaults_for_timestamp decides. */
  readonly nullable: boolean | null;
  readonly primary: boolean;
  readonly unique: boolean;
  readonly invisible: boolean;
  /** MariaDB: the column holds the start or the end of a row's life. */
  readonly rowTime: boolean;
}

/** An index as it is written or as the catalog keeps it. */
export interface IndexSpec {
  /** null: the server makes one up from the first column. */
  readonly name: string | null;
  readonly primary: boolean;
  readonly unique: boolean;
  /** column null: an expression. prefix: not the whole column. */
  readonly parts: readonly { readonly column: string | null; readonly prefix: boolean }[];
}

export type ColumnPlace =
  | { readonly kind: 'first' }
  | { readonly kind: 'after'; readonly column: string }
  | { readonly kind: 'none' };

export type AlterAction =
  | {
      readonly kind: 'add-column';
      readonly column: ColumnSpec;
      readonly place: ColumnPlace;
      readonly ifNotExists: boolean;
    }
  /** MODIFY (`from` is its own name) and CHANGE. */
  | {
      readonly kind: 'change-column';
      readonly from: string;
      readonly column: ColumnSpec;
      readonly place: ColumnPlace;
      readonly ifExists: boolean;
    }
  | { readonly kind: 'rename-column'; readonly from: string; readonly to: string; readonly ifExists: boolean }
  | { readonly kind: 'drop-column'; readonly column: string; readonly ifExists: boolean }
  | { readonly kind: 'add-index'; readonly index: IndexSpec; readonly ifNotExists: boolean }
  | { readonly kind: 'drop-primary' }
  | { readonly kind: 'visibility'; readonly column: string; readonly invisible: boolean }
  | { readonly kind: 'not-null'; readonly columns: readonly string[] }
  /** Also DROP CONSTRAINT: nothing happens where no index has the name. */
  | { readonly kind: 'drop-index'; readonly name: string }
  | { readonly kind: 'rename-index'; readonly from: string; readonly to: string }
  /** charset null: the database's default. */
  | { readonly kind: 'convert'; readonly charset: string | null }
  | { readonly kind: 'default-charset'; readonly charset: string | null }
  | { readonly kind: 'versioning'; readonly on: boolean }
  | { readonly kind: 'rename-table'; readonly to: TableName };

export interface CreateTableBody {
  readonly columns: readonly ColumnSpec[];
  readonly indexes: readonly IndexSpec[];
  /** null: the database's default. */
  readonly charset: string | null;
  /** MariaDB WITH SYSTEM VERSIONING. */
  readonly versioned: boolean;
}

export type SchemaChange =
  /** charset null: `serverCharset`, the default of the session; null there: not told. */
  | {
      readonly kind: 'create-database';
      readonly database: string;
      readonly charset: string | null;
      readonly serverCharset: string | null;
      readonly ifNotExists: boolean;
    }
  | { readonly kind: 'alter-database'; readonly database: string; readonly charset: string | null }
  | { readonly kind: 'drop-database'; readonly database: string }
  | {
      readonly kind: 'create-table';
      readonly name: TableName;
      readonly body: CreateTableBody;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'create-like';
      readonly name: TableName;
      readonly like: TableName;
      readonly ifNotExists: boolean;
    }
  | { readonly kind: 'alter-table'; readonly name: TableName; readonly actions: readonly AlterAction[] }
  | { readonly kind: 'rename-tables'; readonly pairs: readonly { from: TableName; to: TableName }[] }
  | { readonly kind: 'drop-tables'; readonly tables: readonly TableName[] }
  /** Not understood, or it depends on what the log does not tell: what the tables are is not known after it. */
  | { readonly kind: 'forget'; readonly tables: readonly TableName[] }
  /** A statement of which not even the tables are known. */
  | { readonly kind: 'forget-all' };
