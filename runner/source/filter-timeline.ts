import type { AnyGtidSet } from '../../core/gtid-set.ts';
import type { BinlogPosition } from '../../core/position.ts';
import { comparePositions } from '../../core/position.ts';
import { compileFilter, type TableMatcher } from '../../core/table-filter.ts';
import type { FilterStart, FilterVersion } from '../../core/task.ts';

export interface ActiveFilter {
  readonly version: number;
  readonly matcher: TableMatcher;
}

/** The server that the positions of the stream belong to. */
export interface TimelineSource {
  readonly serverUuid: string;
  /** What the stream has read; null where the server has no GTIDs. */
  readonly executed: () => AnyGtidSet | null;
}

/**
 * Which filter counts where in the stream. A change of the filter names the position that the source had
 * when it was asked for; a stream that is still before it goes on with the old filter up to there, so that
 * nothing that was committed under the old filter is lost, and one that is past it switches at its next
 * transaction.
 */
export class FilterTimeline {
  #versions: readonly FilterVersion[];
  #foldCase: boolean;
  #active: ActiveFilter;
  #activeFrom: FilterVersion;
  #source: TimelineSource | null = null;

  constructor(versions: readonly FilterVersion[], foldCase = false) {
    const first = versions[0];
    if (first === undefined) throw new Error('a filter timeline needs a first version');
    this.#versions = [...versions].sort((a, b) => a.version - b.version);
    this.#foldCase = foldCase;
    this.#activeFrom = this.#versions[0] ?? first;
    this.#active = this.#compile(this.#activeFrom);
  }

  /** The newest version known; from some position on the stream follows it. */
  get newestVersion(): number {
    return this.#versions.at(-1)?.version ?? 0;
  }

  get active(): ActiveFilter {
    return this.#active;
  }

  /** No other version is to come into force. */
  get isSettled(): boolean {
    return this.#activeFrom.version === this.newestVersion;
  }

  /** Takes versions as the task item has them now. Returns whether there are new ones. */
  update(versions: readonly FilterVersion[]): boolean {
    const newest = this.newestVersion;
    const fresh = versions.filter((version) => version.version > newest);
    if (fresh.length === 0) return false;
    this.#versions = [...this.#versions, ...fresh].sort((a, b) => a.version - b.version);
    return true;
  }

  /** A connection was made: from here on positions are those of this server. */
  setSource(source: TimelineSource): void {
    this.#source = source;
  }

  setFoldCase(foldCase: boolean): void {
    if (foldCase === this.#foldCase) return;
    this.#foldCase = foldCase;
    this.#active = this.#compile(this.#activeFrom);
  }

  /** The stream stands before a transaction that starts at `position`. Returns the version it switched to, if it did. */
  moveTo(position: BinlogPosition): FilterVersion | null {
    let next = this.#activeFrom;
    for (const candidate of this.#versions) {
      if (candidate.version <= next.version) continue;
      if (candidate.from !== null && this.#isBefore(position, candidate.from)) break;
      next = candidate;
    }
    if (next === this.#activeFrom) return null;
    this.#activeFrom = next;
    this.#active = this.#compile(next);
    return next;
  }

  /** The stream goes back to `position`: what counted there counts again. */
  rewindTo(position: BinlogPosition): void {
    const first = this.#versions[0];
    if (first === undefined) return;
    this.#activeFrom = first;
    this.#active = this.#compile(first);
    this.moveTo(position);
  }

  /** Positions of two servers can't be compared; what was executed at that moment can. */
  #isBefore(position: BinlogPosition, from: FilterStart): boolean {
    const source = this.#source;
    if (source === null || from.serverUuid === undefined || from.serverUuid === source.serverUuid) {
      return comparePositions(position, from) < 0;
    }
    const executed = source.executed();
    return executed !== null && from.gtidSet !== undefined && !executed.contains(from.gtidSet);
  }

  #compile(version: FilterVersion): ActiveFilter {
    return { version: version.version, matcher: compileFilter(version.filter, this.#foldCase) };
  }
}
