// Messages of a batch, sorted by partition and made into record batches; ../produce-kernel.ts has the calls.
export { crc32c, makeTables } from './crc32c';
export { lz4Frame } from './lz4';
export { sort } from './partitions';
export { build, plan } from './records';
