import type { ErrorCode } from '../../core/errors.ts';

interface ShownTask {
  readonly state: string;
  readonly mysql_config: { readonly password: string };
}

/** What tests read of the answers' `data`; which of it is there depends on the route. */
interface AnswerData extends ShownTask {
  readonly code: ErrorCode;
  readonly task: Readonly<Record<string, ShownTask>>;
  readonly total: number;
  readonly cursor?: string;
  readonly entries: readonly {
    readonly kind: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  }[];
  readonly followed: boolean;
  readonly from: unknown;
}

export interface Answer {
  readonly error_code: number;
  readonly message: string;
  readonly data: AnswerData;
}

/** The envelope of an answer. */
export async function answerOf(response: Response | Promise<Response>): Promise<Answer> {
  return (await (await response).json()) as Answer;
}
