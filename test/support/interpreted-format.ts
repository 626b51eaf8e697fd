import type { Format, RowsWriter } from '../../runner/format/envelope.ts';

/** Writes no rows: all are for the row encoder. */
export const NO_ROWS_WRITER: RowsWriter = {
  open: () => false,
  done: true,
  wantsRoom: false,
  writeMany: () => 0,
  write: () => false,
  programOf: () => null,
  topicNumber: 0,
};

/** The same format without its kernel and its compiled functions. */
export const interpreted = (format: Format): Format => ({
  ...format,
  rowsWriter: () => NO_ROWS_WRITER,
  walker: null,
});
