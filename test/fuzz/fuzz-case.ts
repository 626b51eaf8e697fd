/**
 * One case of the fuzz: a golden file with damage in it, streamed by the compiled and by the interpreted rows. Found
 * is what must never happen: an error that is no CdcError of a known cause, messages that differ between the two, a
 * message that is no JSON, or, where the checksum tells of the damage, a message that the whole file does not give.
 */
import type { CdcError, ErrorCode } from '../../core/errors.ts';
import { galaxyFormat } from '../../runner/format/galaxy.ts';
import { GOLDEN, goldenEvents } from '../support/binlog-files.ts';
import { type BytesRun, streamBytes } from '../support/bytes-source.ts';
import { interpreted } from '../support/interpreted-format.ts';
import { repeated } from '../support/repeated-log.ts';
import { type Damage, damaged, picker } from './damage.ts';

export interface FuzzOutcome {
  readonly name: string;
  readonly damage: Damage;
  /** The code that the stream ended with; null where it read to the end. */
  readonly code: ErrorCode | null;
  readonly messages: number;
  /** What is wrong; empty where all is well. */
  readonly findings: readonly string[];
}

const compiled = galaxyFormat({ splitKeyChanges: true });
const twin = interpreted(compiled);

interface Golden {
  readonly name: string;
  readonly events: readonly Buffer[];
  readonly crc: boolean;
  readonly version: string;
  readonly whole: readonly string[];
}

const lines = (run: BytesRun): string[] => run.messages.map(({ topic, value }) => `${topic} ${value}`);

const versionOf = (name: string): string =>
  name.startsWith('mariadb') ? '10.11.0-MariaDB' : name.startsWith('mysql97') ? '9.7.0' : '8.0.31';

let golden: Promise<readonly Golden[]> | null = null;

async function load(): Promise<readonly Golden[]> {
  return Promise.all(
    GOLDEN.flatMap((name) => {
      const crc = !name.includes('nochecksum');
      const events = goldenEvents(name);
      // what comes again is gone through inside the kernel
      const longer = repeated(events, { times: 4, checksum: crc });
      return [
        { name, events, crc },
        { name: `${name}, repeated`, events: longer, crc },
      ].map(async (file) => {
        const version = versionOf(name);
        return { ...file, version, whole: lines(await streamBytes(file.events, { version })) };
      });
    }),
  );
}

/** Codes that say a defect of our own, whatever the input. */
const OURS: readonly ErrorCode[] = ['CDC_INTERNAL'];

function errorFinding(error: CdcError | null): string[] {
  if (error === null || !OURS.includes(error.code)) return [];
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : '';
  return [`${error.code}: ${error.message} ${cause}`];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Where two runs part, in words. */
function difference(what: string, one: readonly string[], other: readonly string[]): string[] {
  const at = one.findIndex((line, index) => line !== other[index]);
  if (at === -1) return [];
  return [`${what} ${at}: ${one[at]?.slice(0, 600)} | ${other[at]?.slice(0, 600)}`];
}

/** Runs the case of this seed. */
export async function fuzzCase(seed: number): Promise<FuzzOutcome> {
  golden ??= load();
  const files = await golden;
  const pick = picker(seed);
  const file = files[pick(files.length)];
  if (file === undefined) throw new Error('no golden file');
  const { name, version, crc } = file;
  const damage: Damage = crc && pick(5) === 0 ? 'told' : 'hidden';
  const events = damaged(file.events, damage, crc, pick);
  const fast = await streamBytes(events, { version, format: compiled });
  const slow = await streamBytes(events, { version, format: twin });
  const [fastLines, slowLines] = [lines(fast), lines(slow)];
  const findings = [
    ...errorFinding(fast.error),
    ...errorFinding(slow.error),
    ...difference('compiled and interpreted differ at message', fastLines, slowLines),
    ...fast.messages
      .filter(({ value }) => !isJson(value))
      .map(({ value }) => `no JSON: ${value.slice(0, 600)}`),
  ];
  if (fastLines.length !== slowLines.length || fast.error?.code !== slow.error?.code) {
    findings.push(
      `compiled: ${fastLines.length} messages, ${fast.error?.code}; interpreted: ${slowLines.length}, ${slow.error?.code}`,
    );
  }
  if (damage === 'told') findings.push(...difference('damage told, wrong message', fastLines, file.whole));
  return { name, damage, code: fast.error?.code ?? null, messages: fastLines.length, findings };
}
