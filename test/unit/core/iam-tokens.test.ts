import { expect, test } from 'vitest';
import { isRdsHost, mskRegion, rdsRegion } from '../../../core/iam-tokens.ts';

test.each([
  ['db.abc.eu-west-1.rds.amazonaws.com', 'eu-west-1'],
  ['db.cluster-ro-abc.us-gov-east-1.rds.amazonaws.com.', 'us-gov-east-1'],
  ['p.proxy-abc.ap-southeast-2.rds.amazonaws.com', 'ap-southeast-2'],
  ['DB.abc.CN-NORTH-1.rds.amazonaws.com.cn', 'cn-north-1'],
])('the region of %s is %s', (host, region) => {
  expect(isRdsHost(host)).toBe(true);
  expect(rdsRegion(undefined, host, 'other-1')).toBe(region);
});

test.each([
  'db.example',
  'rds.amazonaws.com',
  'eu-west-1.rds.amazonaws.com.evil.example',
  'x.rds.amazonaws.com',
])('%s is no host of RDS', (host) => {
  expect(isRdsHost(host)).toBe(false);
  expect(rdsRegion(undefined, host, 'eu-central-1')).toBe('eu-central-1');
  expect(rdsRegion('us-east-2', host, 'eu-central-1')).toBe('us-east-2');
  expect(() => rdsRegion(undefined, host, undefined)).toThrow(
    expect.objectContaining({
      code: 'CDC_INVALID_REQUEST',
      details: [{ path: 'mysql_config.region', problem: expect.stringContaining('is required') }],
    }),
  );
});

test.each([
  ['b-1.shop.a1b2c3.c2.kafka.eu-west-1.amazonaws.com:9098', 'eu-west-1'],
  ['boot-x1.c1.kafka-serverless.us-east-1.amazonaws.com:9098', 'us-east-1'],
])('the region of %s is %s', (broker, region) => {
  expect(mskRegion(undefined, ['10.0.0.1:9098', broker], 'other-1')).toBe(region);
});
