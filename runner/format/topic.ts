import { createHash } from 'node:crypto';

const TOPIC_LENGTH_MAX = 249;

/** Characters that Kafka allows in a topic name. */
const LEGAL = /^[A-Za-z0-9._-]+$/;

/**
 * A topic name for Kafka: anything outside its alphabet becomes `_` and the name's UTF-8 bytes in hex, so
 * that two tables never share a topic by accident. What is longer than Kafka allows ends in a digest of it all.
 */
export function topicName(text: string): string {
  const safe = LEGAL.test(text) ? text : text.replace(/[^A-Za-z0-9._-]/gu, hexOf);
  if (safe.length <= TOPIC_LENGTH_MAX) return safe;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${safe.slice(0, TOPIC_LENGTH_MAX - 17)}-${digest}`;
}

function hexOf(character: string): string {
  return `_${Buffer.from(character, 'utf8').toString('hex')}`;
}

export interface TopicNames {
  row(database: string, table: string): string;
  ddl(database: string): string;
}

/**
 * Topics of a task. Without a template: `<task_id>.<database>.<table>` for rows, `<task_id>.<database>` for
 * schema changes. A template may hold {task_id}, {database}, {table}; one without {table} takes all.
 */
export function topicNames(taskId: string, template: string | undefined): TopicNames {
  const fill = (text: string, database: string, table: string): string =>
    topicName(
      text.replaceAll('{task_id}', taskId).replaceAll('{database}', database).replaceAll('{table}', table),
    );
  if (template === undefined) {
    return {
      row: (database, table) => topicName(`${taskId}.${database}.${table}`),
      ddl: (database) => topicName(`${taskId}.${database}`),
    };
  }
  const ddlTemplate = template.replace(/[._-]?\{table\}/g, '');
  return {
    row: (database, table) => fill(template, database, table),
    ddl: (database) => fill(ddlTemplate === '' ? '{task_id}.{database}' : ddlTemplate, database, ''),
  };
}
