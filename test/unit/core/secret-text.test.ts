import { expect, test } from 'vitest';
import { fieldOfSecret, loginOfSecret } from '../../../core/secret-text.ts';

const RDS = '{"username":"app_clone","password":"p1","engine":"mysql","host":"h","port":3306}';

test.each([
  ['plain', {}, { user: null, password: 'plain' }],
  [RDS, {}, { user: 'app_clone', password: 'p1' }],
  ['{"password":"p2"}', {}, { user: null, password: 'p2' }],
  ['{"username":"a","db_pw":"p3","password":"x"}', { key: 'db_pw' }, { user: 'a', password: 'p3' }],
  // a password that only looks like JSON is a password
  ['{not json}', {}, { user: null, password: '{not json}' }],
  ['{"pw":"x"}', {}, { user: null, password: '{"pw":"x"}' }],
  ['["password"]', {}, { user: null, password: '["password"]' }],
])('the login of %s', (text, key, wanted) => {
  expect(loginOfSecret(text, { secret: 's', ...key })).toEqual(wanted);
});

test.each(['plain-canary', '{"other":"canary"}', '{"key":7,"x":"canary"}', '{"toString":1}'])(
  'a key that is not in %s is told, without a word of the secret',
  (text) => {
    for (const read of [loginOfSecret, fieldOfSecret]) {
      let told: unknown;
      try {
        read(text, { secret: 'name', key: text.includes('toString') ? 'valueOf' : 'key' });
      } catch (error) {
        told = error;
      }
      expect(told).toMatchObject({ code: 'CDC_SECRET_MISSING', message: expect.stringContaining('"name"') });
      expect(String(told)).not.toContain('canary');
    }
  },
);
