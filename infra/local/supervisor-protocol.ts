/** The lines between a supervisor process and the one that started it. */
export interface ProgramSpec {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes stdout and stderr, appended. */
  readonly logFile: string;
  readonly stdinFile?: string;
  /** At the end this program gets a SIGTERM and so much time before its SIGKILL; absent: none. */
  readonly graceMs?: number;
}

export type SupervisorCommand =
  | ({ readonly op: 'start'; readonly id: number } & ProgramSpec)
  | { readonly op: 'signal'; readonly id: number; readonly signal: NodeJS.Signals }
  /** Remove this folder at the end. */
  | { readonly op: 'folder'; readonly folder: string }
  /** Run this program at the end, before the folders go. */
  | { readonly op: 'atEnd'; readonly program: string; readonly args: readonly string[] };

export type SupervisorReport =
  | { readonly id: number; readonly event: 'started'; readonly pid: number }
  | { readonly id: number; readonly event: 'error'; readonly message: string }
  | {
      readonly id: number;
      readonly event: 'exited';
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    };
