import type { QueryEvent, TableMap } from '../binlog/event.ts';
import { resolveShape } from '../binlog/resolve-shape.ts';
import type { TableShape } from '../binlog/table-shape.ts';
import type { Statement } from './ddl/statement.ts';
import { readStatement, type StatementContext } from './read-statement.ts';
import type { SchemaHistory, SchemaSource } from './source.ts';

function versionOf(text: string): readonly [number, number, number] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0)];
}

/** What binlog files alone tell: the table maps, which have to be written with binlog_row_metadata=FULL. */
export class FileSchema implements SchemaSource {
  readonly #flavor: 'mysql' | 'mariadb';
  readonly #context: StatementContext;

  constructor(flavor: 'mysql' | 'mariadb', serverVersion: string) {
    this.#flavor = flavor;
    this.#context = { flavor, serverVersion: versionOf(serverVersion), lowerCaseTableNames: 0 };
  }

  shapeOf(map: TableMap): TableShape {
    return resolveShape(map, null, this.#flavor);
  }

  readStatement(query: QueryEvent): Statement {
    return readStatement(query, this.#context);
  }

  applyStatement(): undefined {
    return undefined;
  }

  history(): SchemaHistory | null {
    return null;
  }
}
