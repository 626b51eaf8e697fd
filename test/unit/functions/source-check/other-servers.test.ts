import { expect, test } from 'vitest';
import { factsFromVariables, type ServerFacts } from '../../../../core/mysql/facts.ts';
import { failoverProblem } from '../../../../functions/source-check/other-servers.ts';

function facts(changes: Readonly<Record<string, string>> = {}): ServerFacts {
  const values = { version: '9.7.0', server_uuid: 'a', log_bin: 'ON', gtid_mode: 'ON', ...changes };
  const rows = Object.entries(values).map(([name, value]) => ({ Variable_name: name, Value: value }));
  return factsFromVariables(rows, { host: 'h', port: 1, user: 'u', password: '', tls: { kind: 'off' } });
}

test.each([
  [{ server_uuid: 'b' }, null],
  [{ server_uuid: 'b', log_bin: 'OFF' }, 'log_bin'],
  [{ server_uuid: 'b', gtid_mode: 'OFF' }, 'gtid_mode'],
  [{ server_uuid: 'b', version: '10.11.6-MariaDB' }, 'mariadb'],
  [{}, 'same server'],
])('a spare server with %j', (other, problem) => {
  const found = failoverProblem(facts(), facts(other));
  if (problem === null) expect(found).toBeNull();
  else expect(found).toContain(problem);
});

test('without GTIDs on the first server no spare is of use', () => {
  expect(failoverProblem(facts({ gtid_mode: 'OFF' }), facts({ server_uuid: 'b' }))).toContain('gtid_mode');
});
