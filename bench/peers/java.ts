import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { cachedFolder } from '../../infra/local/native/cache.ts';
import { copyJars, type MavenArtifact } from '../../infra/local/native/maven.ts';
import { findProgram, type NativeContext, runTool } from '../../infra/local/native/tools.ts';
import type { BenchContext, Line } from '../lines/line.ts';
import { rowsOf } from '../stream/recorded-stream.ts';
import { type PeerRange, peerRange } from './peer-range.ts';
import { peerRun } from './run-peer.ts';

interface JavaPeer {
  readonly id: string;
  readonly label: string;
  /** The class with the main method, in bench/peers/java. */
  readonly main: string;
  readonly artifacts: readonly MavenArtifact[];
  /** More sources beside it. */
  readonly stubs?: readonly string[];
  /** Jars that an artifact brings and that must give way to a newer one of another name. */
  readonly without?: string;
  /** What of the range is another for it. */
  readonly range?: (context: BenchContext) => Promise<Partial<PeerRange>>;
}

const CONNECTOR = '0.41.0';
const DEBEZIUM = '3.6.1.Final';
const MAXWELL = '1.22.6';
const NO_LOG = { groupId: 'org.slf4j', artifactId: 'slf4j-nop', version: '2.0.17' };

const PEERS: readonly JavaPeer[] = [
  {
    id: 'java-connector',
    label: `mysql-binlog-connector-java ${CONNECTOR}: decoding only, texts as bytes`,
    main: 'ReadWithConnector',
    artifacts: [{ groupId: 'io.debezium', artifactId: 'mysql-binlog-connector-java', version: CONNECTOR }],
  },
  {
    id: 'debezium',
    label: `Debezium embedded ${DEBEZIUM}: rows as JSON`,
    main: 'ReadWithDebezium',
    artifacts: [
      { groupId: 'io.debezium', artifactId: 'debezium-embedded', version: DEBEZIUM },
      { groupId: 'io.debezium', artifactId: 'debezium-connector-mysql', version: DEBEZIUM },
      NO_LOG,
    ],
  },
  {
    id: 'maxwell',
    label: `Maxwell ${MAXWELL}, patched to run here: rows as JSON`,
    main: 'RunMaxwell',
    artifacts: [
      { groupId: 'com.zendesk', artifactId: 'maxwell', version: MAXWELL },
      { groupId: 'io.debezium', artifactId: 'mysql-binlog-connector-java', version: CONNECTOR },
      { groupId: 'com.github.luben', artifactId: 'zstd-jni', version: '1.5.6-10' },
    ],
    stubs: ['maxwell-stub/jdk/nashorn/api/scripting/ScriptObjectMirror.java'],
    without: 'mysql-binlog-connector-java-0.20.0.jar',
    range: maxwellUser,
  },
];

/** The Java libraries, by small programs of ours, with the artifacts that the user's Maven can get. */
export function javaLines(context: BenchContext): Line[] {
  return PEERS.map((peer) => ({
    id: peer.id,
    label: peer.label,
    rows: rowsOf(context.stream.manifest),
    prepare: async () => {
      const folder = await compiled(context.native, peer);
      const changed = (await peer.range?.(context)) ?? {};
      const range = Object.entries({ ...peerRange(context), ...changed }).map(
        ([name, value]) => `${name}=${value}`,
      );
      const classPath = [join(folder, 'classes'), join(folder, 'jars', '*')].join(':');
      return peerRun('java', ['-Xmx2g', '-cp', classPath, peer.main, ...range]);
    },
  }));
}

/** Maxwell takes an empty password for none given. What it writes, to a database of its own, is behind the range. */
async function maxwellUser({ mysql }: BenchContext): Promise<Partial<PeerRange>> {
  const connection = await createConnection({ ...mysql });
  try {
    await connection.query('SET sql_log_bin = 0');
    await connection.query(`CREATE USER IF NOT EXISTS maxwell@'%' IDENTIFIED BY 'maxwell'`);
    await connection.query(`GRANT ALL ON *.* TO maxwell@'%'`);
  } finally {
    await connection.end();
  }
  return { user: 'maxwell', password: 'maxwell' };
}

async function compiled(context: NativeContext, peer: JavaPeer): Promise<string> {
  for (const program of ['java', 'javac', 'mvn']) {
    if ((await findProgram(context.env, program)) === undefined) {
      throw new Error(`${program} is not on this machine`);
    }
  }
  const source = join(import.meta.dirname, 'java');
  const files = [`${peer.main}.java`, 'PeerRange.java', ...(peer.stubs ?? [])].map((name) =>
    join(source, name),
  );
  const digest = createHash('sha256').update(JSON.stringify(peer.artifacts));
  for (const file of files) digest.update(await readFile(file));
  const name = `bench-${peer.id}-${digest.digest('hex').slice(0, 8)}`;
  return await cachedFolder(context.cache, name, context.log, async (unfinished) => {
    const jars = join(unfinished, 'jars');
    const classes = join(unfinished, 'classes');
    await mkdir(jars);
    await mkdir(classes);
    await copyJars(context, peer.artifacts, jars, `fetching what ${peer.main} needs through Maven`);
    if (peer.without !== undefined) await rm(join(jars, peer.without));
    const found = (await readdir(jars)).map((jar) => join(jars, jar)).join(':');
    await runTool(context, 'javac', ['-d', classes, '-cp', found, ...files], 'javac');
  });
}
