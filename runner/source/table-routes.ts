import type { BinlogPosition } from '../../core/position.ts';
import type { TableMatcher } from '../../core/table-filter.ts';
import type { TableMap } from '../binlog/event.ts';
import type { TableShape } from '../binlog/table-shape.ts';
import type { Format, RowEncoder, RowsWriter } from '../format/envelope.ts';
import type { TopicNames } from '../format/topic.ts';

/** What happens to the rows of one table map. */
export interface TableRoute {
  /** null: not captured. */
  readonly target: {
    readonly shape: TableShape;
    readonly encode: RowEncoder;
    readonly writer: RowsWriter;
  } | null;
}

const DROPPED: TableRoute = { target: null };

/**
 * Finds the route of a table map: by identity of the parsed map while nothing changes, so that the hot path
 * is one look-up. A DDL statement or a new filter empties it.
 */
export class TableRoutes {
  #routes = new Map<TableMap, TableRoute>();
  #filterVersion = -1;
  /** Called when what was found counts no more. */
  onClear: () => void = () => undefined;
  readonly #format: Format;
  readonly #topics: TopicNames;
  readonly #shapeOf: (map: TableMap, at: BinlogPosition) => TableShape | Promise<TableShape>;

  constructor(options: {
    format: Format;
    topics: TopicNames;
    /** Rejects with a CdcError where the shape can't be known. */
    shapeOf: (map: TableMap, at: BinlogPosition) => TableShape | Promise<TableShape>;
  }) {
    this.#format = options.format;
    this.#topics = options.topics;
    this.#shapeOf = options.shapeOf;
  }

  /** The route in a transaction that begins at `at`, or a promise of it where the schema has to be asked for first. */
  find(
    map: TableMap,
    filter: { version: number; matcher: TableMatcher },
    at: BinlogPosition,
  ): TableRoute | Promise<TableRoute> {
    if (filter.version !== this.#filterVersion) {
      this.clear();
      this.#filterVersion = filter.version;
    }
    const known = this.#routes.get(map);
    if (known !== undefined) return known;
    if (!filter.matcher.matches(map.database, map.table)) return this.#keep(map, DROPPED);
    const shape = this.#shapeOf(map, at);
    return shape instanceof Promise
      ? shape.then((resolved) => this.#keep(map, this.#capture(resolved)))
      : this.#keep(map, this.#capture(shape));
  }

  clear(): void {
    this.#routes = new Map();
    this.onClear();
  }

  #capture(shape: TableShape): TableRoute {
    const topic = this.#topics.row(shape.database, shape.table);
    const encode = this.#format.rowEncoder(shape, topic);
    return { target: { shape, encode, writer: this.#format.rowsWriter(shape, topic) } };
  }

  #keep(map: TableMap, route: TableRoute): TableRoute {
    // table maps of a stream that runs for months must not pile up
    if (this.#routes.size >= 20_000) this.clear();
    this.#routes.set(map, route);
    return route;
  }
}
