import type { BinlogPosition } from '../../core/position.ts';
import type { QueryEvent, TableMap } from '../binlog/event.ts';
import { needsDefinition, resolveShape } from '../binlog/resolve-shape.ts';
import type { TableShape } from '../binlog/table-shape.ts';
import type { Statement } from './ddl/statement.ts';
import { readStatement, type StatementContext } from './read-statement.ts';
import { Catalog } from './schema/catalog.ts';
import { definitionOf } from './schema/catalog-table.ts';
import { changesOf, type SchemaHistory, type SchemaSource } from './source.ts';

function versionOf(text: string): readonly [number, number, number] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0)];
}

/**
 * What binlog files alone tell: the table maps, where they are written with binlog_row_metadata=FULL, and the
 * statements that made the tables.
 */
export class FileSchema implements SchemaSource {
  readonly #flavor: 'mysql' | 'mariadb';
  readonly #context: StatementContext;
  readonly #catalog = new Catalog(false);

  constructor(flavor: 'mysql' | 'mariadb', serverVersion: string) {
    this.#flavor = flavor;
    this.#context = { flavor, serverVersion: versionOf(serverVersion), lowerCaseTableNames: 0 };
  }

  shapeOf(map: TableMap): TableShape {
    if (needsDefinition(map, this.#flavor) === 'no') return resolveShape(map, null, this.#flavor);
    const known = this.#catalog.table(map);
    const definition =
      known === undefined || known === 'unknown' ? null : definitionOf(map.database, map.table, known);
    return resolveShape(map, definition, this.#flavor);
  }

  readStatement(query: QueryEvent): Statement {
    return readStatement(query, this.#context);
  }

  applyStatement(statement: Statement, at: BinlogPosition): undefined {
    this.#catalog.apply(changesOf(statement), at);
    return undefined;
  }

  history(): SchemaHistory | null {
    return null;
  }
}
