import { expect, test } from 'vitest';
import { kafkaSettings } from '../../../../core/kafka/settings.ts';
import { parseKafkaUrl } from '../../../../core/kafka/url.ts';

const made: string[] = [];
const tokens = async () => ({
  rds: async () => '',
  msk: async (region: string) => {
    made.push(region);
    return `token-${made.length}`;
  },
});

test('a Kafka URL may ask for tokens of the AWS role, over TLS that is verified', async () => {
  const broker = 'b-1.shop.a1.c2.kafka.eu-west-1.amazonaws.com:9098';
  const conf = parseKafkaUrl(`kafka://${broker}?mechanism=aws_msk_iam&topic=t`);
  expect(conf).toEqual({ brokers: [broker], enable_sasl: true, mechanism: 'aws_msk_iam', topic: 't' });
  const { tls, sasl } = kafkaSettings(conf, 'test', { tokens, region: 'us-east-1' });
  expect(tls).toEqual({ rejectUnauthorized: true });
  expect(await sasl?.login?.current()).toEqual({ user: '', password: 'token-1' });
  expect(await sasl?.login?.current()).toEqual({ user: '', password: 'token-2' });
  expect(made).toEqual(['eu-west-1', 'eu-west-1']);
  const named = parseKafkaUrl('kafka://k:9098?mechanism=aws_msk_iam&region=eu-north-1');
  await kafkaSettings(named, 'test', { tokens }).sasl?.login?.current();
  expect(made.at(-1)).toBe('eu-north-1');
});

test.each([
  ['kafka://u:p@k:9098?mechanism=aws_msk_iam', 'CDC_INVALID_REQUEST'],
  ['kafka://k:9098?mechanism=aws_msk_iam&region=eu-west-1&tls=false', 'CDC_INVALID_REQUEST'],
  ['kafka://k:9098?mechanism=aws_msk_iam', 'CDC_INVALID_REQUEST'],
  ['kafka://k:9092?region=eu-west-1', 'CDC_INVALID_REQUEST'],
])('%s is %s', (url, code) => {
  expect(() => kafkaSettings(parseKafkaUrl(url), 'test', { tokens })).toThrow(
    expect.objectContaining({ code }),
  );
});

test('without a role it is refused', () => {
  const conf = parseKafkaUrl('kafka://k:9098?mechanism=aws_msk_iam&region=eu-west-1');
  expect(() => kafkaSettings(conf, 'test')).toThrow(expect.objectContaining({ code: 'CDC_NOT_SUPPORTED' }));
});
