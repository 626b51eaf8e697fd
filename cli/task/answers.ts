/** The parts of the API's answers that the command shows. */
import { z } from 'zod';

const taskSchema = z.looseObject({
  state: z.string(),
  lag_ms: z.number().nullable(),
  rows: z.number(),
  position_name: z.string(),
  position_pos: z.number(),
  gtid_set: z.string(),
  error_msg: z.string(),
  error: z.object({ code: z.string(), hint: z.string(), at: z.string() }).nullable(),
  server_id: z.number(),
  restarts: z.number(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  database: z.array(z.string()),
  tables: z.array(z.string()),
  exclude_table: z.array(z.string()),
  mysql_config: z.looseObject({ host: z.string(), port: z.number(), user: z.string().optional() }),
  kafka_conf: z.looseObject({ brokers: z.array(z.string()) }),
});

export type ShownTask = z.infer<typeof taskSchema>;

export const showAnswer = taskSchema;

export const listAnswer = z.object({
  task: z.record(z.string(), taskSchema),
  total: z.number(),
  cursor: z.string().optional(),
});

export const historyAnswer = z.object({
  entries: z.array(z.object({ at: z.string(), kind: z.string(), message: z.string() })),
  cursor: z.string().optional(),
});

export const checkAnswer = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({
      subject: z.string(),
      name: z.string(),
      status: z.string(),
      message: z.string(),
      fix: z.string().optional(),
    }),
  ),
});

export const createAnswer = z.object({
  task_id: z.string(),
  position_name: z.string().nullable(),
  position_pos: z.number().nullable(),
  note: z.string().optional(),
  warnings: z.array(z.object({ message: z.string(), fix: z.string().optional() })).optional(),
});
