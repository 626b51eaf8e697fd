/**
 * Paths of JSON diffs, as the server writes them (sql-common/json_path.cc, Json_path::to_string):
 *
 *   path ::= '$' leg*      leg ::= '.' name | '."' JSON string '"' | '[' index ']'
 *   index ::= number | 'last' | 'last-' number
 */
import { corruptJson } from './columns/json-layout.ts';

export type PathLeg =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'cell'; readonly index: number; readonly fromLast: boolean };

/** Sticky: each match begins where the last one ended. */
const LEG = /\.("(?:[^"\\]|\\.)*")|\.([^.[\]"]+)|\[(?:(\d+)|last(?:-(\d+))?)\]/suy;

function member(quoted: string | undefined, plain: string | undefined): PathLeg {
  return { kind: 'member', name: quoted === undefined ? (plain ?? '') : String(JSON.parse(quoted)) };
}

export function parseJsonPath(path: string): PathLeg[] {
  const legs: PathLeg[] = [];
  if (!path.startsWith('$')) throw corruptJson(`${JSON.stringify(path)} is no path`);
  LEG.lastIndex = 1;
  let at = 1;
  while (at < path.length) {
    const match = LEG.exec(path);
    if (match === null) throw corruptJson(`${JSON.stringify(path)} is no path`);
    const [all, quoted, plain, index, last] = match;
    at += all.length;
    if (all.startsWith('.')) legs.push(member(quoted, plain));
    else legs.push({ kind: 'cell', index: Number(index ?? last ?? 0), fromLast: index === undefined });
  }
  return legs;
}
