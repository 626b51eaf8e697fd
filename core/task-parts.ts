/** Tasks in equal parts by their id, for what is shared out among several or found by part. */
import { crc32 } from 'node:zlib';

/** As many processes at most may share the tasks among them. */
export const TASK_PARTS = 16;

/** 0 to 15, the same for ever: runs and counters are kept under it. */
export const partOf = (taskId: string): number => crc32(taskId) % TASK_PARTS;
