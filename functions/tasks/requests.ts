/** The bodies and answers of the task routes, as the schemas that parse them and that OpenAPI is made from. */
import { z } from '@hono/zod-openapi';
import { isEventId } from '../../core/event-skip.ts';
import { parsePosition } from '../../core/position.ts';
import {
  filterShape,
  mysqlChangeSchema,
  policyShape,
  startTimeSchema,
  taskIdSchema,
  taskSpecSchema,
} from '../../core/task-spec.ts';

const nameOrList = (schema: z.ZodType) => z.union([z.string(), schema]).optional();
const laterSink = z
  .object({})
  .optional()
  .openapi({ description: 'Not supported by this version; an empty object is the same as absent.' });

/** What post_task and check_task take, for OpenAPI: core/parse-task-spec.ts is what parses it. */
export const postTaskSchema = taskSpecSchema
  .extend({
    database: nameOrList(filterShape.database),
    tables: nameOrList(filterShape.tables),
    exclude_table: nameOrList(filterShape.exclude_table),
    nsq_conf: laterSink,
    mongo_db_conf: laterSink,
    es_conf: laterSink,
  })
  .openapi({
    example: {
      task_id: 'task_001',
      mysql_config: { user: 'galaxy', password: 'you_password', host: '127.0.0.1', port: 3306 },
      database: 'test',
      tables: [],
      exclude_table: [],
      kafka_conf: { enable_sasl: false, brokers: ['127.0.0.1:9092'] },
    },
  });

/** Ids of stored tasks are looked up, not judged: an impossible one is simply not there. */
const anyTaskId = z.string().min(1);

export const stopTaskSchema = z.strictObject({
  task_id: anyTaskId,
  stop_type: z.enum(['stop', 'recovery_v1', 'recovery_v2']).default('recovery_v1').openapi({
    description: 'stop; recovery_v1: resume and go on; recovery_v2: resume at the latest position.',
  }),
});

const settingsShape = { mysql_config: mysqlChangeSchema.optional(), ...policyShape };

export const updateTaskSchema = z.strictObject({ task_id: anyTaskId, ...filterShape, ...settingsShape });

export const updateTaskDocSchema = z
  .strictObject({
    task_id: taskIdSchema,
    database: nameOrList(filterShape.database),
    tables: nameOrList(filterShape.tables),
    exclude_table: nameOrList(filterShape.exclude_table),
    ...settingsShape,
  })
  .openapi({ example: { task_id: 'task_001', database: 'test', tables: ['orders', 'test.item*'] } });

const positionSchema = z.union([
  z
    .string()
    .regex(/^.+:\d{1,15}$/, 'must be FILE:POS, for example binlog.000002:4')
    .transform(parsePosition),
  z.strictObject({ file: z.string().min(1), position: z.int().min(4) }),
]);

export const rewindTaskSchema = z
  .strictObject({
    task_id: anyTaskId,
    to: z.strictObject({
      position: positionSchema.optional(),
      gtid_set: z.string().min(1).optional(),
      start_time: startTimeSchema.optional(),
    }),
  })
  .superRefine(({ to }, context) => {
    const given = Object.values(to).filter((value) => value !== undefined).length;
    if (given === 1) return;
    context.addIssue({
      code: 'custom',
      path: ['to'],
      message: 'must have exactly one of position, gtid_set, start_time',
    });
  })
  .openapi({ example: { task_id: 'task_001', to: { position: 'binlog.000002:4' } } });

export const skipEventSchema = z
  .strictObject({
    task_id: anyTaskId,
    event_id: z
      .string()
      .refine(isEventId, 'must be the id of a message, or of an event as error.event_id shows it')
      .optional()
      .openapi({ description: 'Absent: the event that the task failed at.' }),
    reason: z.string().min(1).max(1_000),
  })
  .openapi({ example: { task_id: 'task_001', reason: 'a test row, of no use to anybody' } });

export const skippedSchema = z.object({ task_id: z.string(), event_id: z.string() });

const limit = z.coerce.number().int().min(1).max(1000);
export const listQuerySchema = z.strictObject({
  limit: limit.default(500),
  cursor: z.string().min(1).optional(),
  state: z.enum(['pending', 'starting', 'running', 'stopping', 'stopped', 'failed']).optional(),
});
export const historyQuerySchema = z.strictObject({
  limit: limit.default(100),
  cursor: z.string().min(1).optional(),
});
export const postQuerySchema = z.strictObject({
  wait: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({ description: 'Wait up to 11 s for an id that is being deleted.' }),
});

const nullableText = z.string().nullable();

export const taskViewSchema = z
  .object({
    ...taskSpecSchema.shape,
    state: z.enum(['pending', 'starting', 'running', 'stopping', 'stopped', 'failed']),
    server_id: z.int(),
    position_name: z.string(),
    position_pos: z.int(),
    gtid_set: z.string(),
    stop_sync: z.boolean(),
    error_msg: z.string(),
    error: z
      .object({
        code: z.string(),
        hint: z.string(),
        at: z.string(),
        event_id: z.string().optional(),
        position: z.string().optional(),
      })
      .nullable(),
    lag_ms: z.int().nullable(),
    rows: z.int(),
    statement_writes: z.int(),
    dead_letters: z.int(),
    skipped_events: z.int(),
    truncated: z.int(),
    hours_until_purge: z.number().nullable(),
    restarts: z.int(),
    started_at: nullableText,
    created_at: z.string(),
    updated_at: z.string(),
    run: z.object({ id: z.string(), generation: z.int() }).nullable(),
  })
  .openapi('TaskView');

export const taskListSchema = z.object({
  task: z.record(z.string(), taskViewSchema),
  total: z.int(),
  cursor: z.string().optional(),
});

const findingSchema = z.object({
  subject: z.enum(['source', 'sink']),
  name: z.string(),
  status: z.enum(['pass', 'warn', 'fail']),
  message: z.string(),
  code: z.string().optional(),
  fix: z.string().optional(),
});

export const createdSchema = z.object({
  task_id: z.string(),
  mysql_server_id: z.int(),
  position_name: nullableText,
  position_pos: z.int().nullable(),
  gtid_set: nullableText,
  state: z.string(),
  note: z.string().optional(),
  warnings: z.array(findingSchema).optional(),
});

export const checkedSchema = z.object({ ok: z.boolean(), checks: z.array(findingSchema) });

export const updatedSchema = z.object({
  task_id: z.string(),
  filter_version: z.int(),
  from: z.object({ file: z.string(), position: z.int() }).nullable(),
  followed: z.boolean(),
  /** Settings were changed: the stream starts anew from its checkpoint. */
  restarted: z.boolean().optional(),
});

export const rewoundSchema = z.object({
  task_id: z.string(),
  position_name: z.string(),
  position_pos: z.int(),
  gtid_set: z.string(),
});

export const historySchema = z.object({
  entries: z.array(
    z.object({
      at: z.string(),
      kind: z.string(),
      message: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  cursor: z.string().optional(),
});
