import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Who may import whom, by folder. A file belongs to the first room whose prefix fits; it may import its own
 * room and those listed. Nothing else is allowed, and nothing imports test/ or bench/.
 */
const ROOT = resolve(import.meta.dirname, '../..');

const ROOMS: readonly { room: string; may: readonly string[] }[] = [
  { room: 'core/dynamo/', may: ['core/'] },
  { room: 'core/sqlite/', may: ['core/'] },
  { room: 'core/aws/', may: ['core/'] },
  { room: 'core/mysql/', may: ['core/'] },
  { room: 'core/kafka/', may: ['core/'] },
  { room: 'core/', may: [] },
  // entries wire everything of their own side; what the three on AWS have in common is one file
  {
    room: 'functions/aws-home.ts',
    may: [
      'functions/',
      'functions/source-check/',
      'core/',
      'core/dynamo/',
      'core/aws/',
      'core/mysql/',
      'core/kafka/',
    ],
  },
  {
    room: 'functions/api.ts',
    may: [
      'functions/',
      'functions/aws-home.ts',
      'core/',
      'core/dynamo/',
      'core/aws/',
      'core/mysql/',
      'core/kafka/',
    ],
  },
  {
    room: 'functions/reconcile.ts',
    may: ['functions/', 'functions/aws-home.ts', 'core/', 'core/dynamo/', 'core/aws/'],
  },
  {
    room: 'functions/task-events.ts',
    may: ['functions/', 'functions/aws-home.ts', 'core/', 'core/dynamo/', 'core/aws/'],
  },
  { room: 'functions/source-check/', may: ['core/', 'core/mysql/', 'core/kafka/'] },
  { room: 'functions/', may: ['core/', 'functions/source-check/'] },
  { room: 'runner/binlog/', may: ['core/'] },
  { room: 'runner/format/', may: ['core/', 'runner/binlog/'] },
  { room: 'runner/sinks/kafka/', may: ['core/', 'core/kafka/'] },
  { room: 'runner/sinks/stdout/', may: ['core/'] },
  { room: 'runner/sinks/null/', may: ['core/'] },
  {
    room: 'runner/sinks/',
    may: ['core/', 'core/kafka/', 'runner/sinks/kafka/', 'runner/sinks/stdout/', 'runner/sinks/null/'],
  },
  {
    room: 'runner/source/',
    may: [
      'core/',
      'core/mysql/',
      'runner/binlog/',
      'runner/format/',
      'runner/pipeline.ts',
      'runner/ack-window.ts',
    ],
  },
  { room: 'runner/pipeline.ts', may: ['core/', 'runner/ack-window.ts'] },
  { room: 'runner/ack-window.ts', may: ['core/'] },
  {
    room: 'runner/',
    may: [
      'core/',
      'core/dynamo/',
      'core/sqlite/',
      'core/aws/',
      'core/mysql/',
      'core/kafka/',
      'runner/source/',
      'runner/sinks/',
      'runner/format/',
      'runner/binlog/',
      'runner/pipeline.ts',
      'runner/ack-window.ts',
    ],
  },
  { room: 'infra/', may: ['core/', 'package.json'] },
  { room: 'package.json', may: [] },
  { room: 'cli/', may: ['*'] },
  { room: 'bench/', may: ['*'] },
];

const SOURCE_ROOTS = ['core', 'functions', 'runner', 'cli', 'infra', 'bench'].filter((folder) =>
  existsSync(join(ROOT, folder)),
);

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(/^\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)/gm);
  return [...found].map((match) => match[1] ?? match[2] ?? '');
}

const roomOf = (file: string): { room: string; may: readonly string[] } | undefined =>
  ROOMS.find(({ room }) => file.startsWith(room));

function violations(): string[] {
  const broken: string[] = [];
  for (const file of SOURCE_ROOTS.flatMap(sources)) {
    const room = roomOf(file);
    if (room === undefined) {
      broken.push(`${file}: in no room`);
      continue;
    }
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) continue;
      const target = relative(ROOT, resolve(ROOT, dirname(file), specifier));
      const targetRoom = roomOf(target)?.room;
      if (target.startsWith('test/')) broken.push(`${file} -> ${target}`);
      else if (targetRoom !== room.room && !room.may.includes('*') && !room.may.includes(targetRoom ?? '')) {
        broken.push(`${file} -> ${target}`);
      }
    }
  }
  return broken;
}

test('every file imports only from the rooms that its own room may know', () => {
  expect(violations()).toEqual([]);
});

test('the decoder does no I/O', () => {
  const io = SOURCE_ROOTS.flatMap(sources)
    .filter((file) => file.startsWith('runner/binlog/'))
    .flatMap((file) => importsOf(file).map((specifier) => `${file}: ${specifier}`))
    .filter((line) => /: (node:(fs|net|tls|http|https|child_process)|mysql2|kafkajs)/.test(line));
  expect(io).toEqual([]);
});

test('only entry files read the environment', () => {
  const readers = SOURCE_ROOTS.flatMap(sources)
    .filter((file) => !/^(cli|bench|infra)\//.test(file))
    .filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('process.env'))
    .filter(
      (file) =>
        ![
          'functions/api.ts',
          'functions/reconcile.ts',
          'functions/task-events.ts',
          'runner/main.ts',
          'runner/health-check.ts',
        ].includes(file),
    );
  expect(readers).toEqual([]);
});

test('no source file is longer than 300 lines', () => {
  const long = SOURCE_ROOTS.flatMap(sources)
    .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > 300);
  expect(long).toEqual([]);
});
