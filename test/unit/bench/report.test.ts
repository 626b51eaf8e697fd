import { expect, test } from 'vitest';
import { reportText, shownCommand } from '../../../bench/report.ts';
import { sectionOr } from '../../../bench/sections/section.ts';

const REPORT = {
  date: '2026-01-02 03:04',
  command: 'npm run bench -- --rows 10',
  version: '1.2.3',
  machine: { cpu: 'C', cores: 2, memoryBytes: 2 ** 31, system: 'Linux 6', node: 'v24', loadBefore: 0.25 },
  runs: 5,
  stream: {
    set: 'orders',
    server: 'mysql97',
    serverVersion: '9.7.4',
    serverUuid: 'u',
    inserted: 1_000,
    updated: 300,
    deleted: 100,
    files: [
      { name: 'a', bytes: 3_000_000 },
      { name: 'b', bytes: 2_000_000 },
    ],
    gtidSetBefore: '',
    end: { file: 'b', position: 9 },
  },
  throughput: [],
};

test('a report says when, where, on what and how it was measured', () => {
  const text = reportText({ ...REPORT, sections: [] });
  for (const part of ['2026-01-02 03:04', '`npm run bench -- --rows 10`', 'galaxy 1.2.3', '2 cores (C)']) {
    expect(text).toContain(part);
  }
  expect(text).toContain('1,000 rows inserted, 300 updated, 100 deleted = 1,400 rows in 5 MB');
});

test('a section that fails is in the report with the reason', async () => {
  const section = await sectionOr('x', 'Title', () => Promise.reject(new Error('no\nbroker')));
  expect(reportText({ ...REPORT, sections: [section] })).toContain('### Title\n\n|  |  |');
  expect(section.rows).toEqual([['not run', 'no broker']]);
});

test('the command is shown without the paths of this machine', () => {
  expect(shownCommand([])).toBe('npm run bench');
  expect(shownCommand(['--runs', '3', '--json', '/a/b', '--go-mysql=/c'])).toBe(
    'npm run bench -- --runs 3 --json FILE --go-mysql=DIR',
  );
});
