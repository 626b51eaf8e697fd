import type { BenchContext } from '../lines/line.ts';

/** What a peer's reader gets as its one argument, in JSON: which server, from where to where. */
export interface PeerRange {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly file: string;
  readonly position: number;
  readonly endFile: string;
  readonly endPosition: number;
  readonly gtidSetBefore: string;
  /** Rows in the range; for a reader that is told no positions. */
  readonly rows: number;
}

export function peerRange({ stream, mysql }: BenchContext): PeerRange {
  const { files, end, gtidSetBefore, inserted, updated, deleted } = stream.manifest;
  return {
    ...mysql,
    file: files[0]?.name ?? end.file,
    position: 4,
    endFile: end.file,
    endPosition: end.position,
    gtidSetBefore,
    rows: inserted + updated + deleted,
  };
}
