import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvaluateRequest } from './evaluate-child.ts';
import type { Graph, Json } from './graph.ts';
import { sstPlatform } from './platform.ts';

const ROOT = join(import.meta.dirname, '../../..');

export interface EvaluateOptions {
  readonly stage: string;
  /** In place of infra/aws/stages.ts. */
  readonly stages?: Json;
  /** Absent: without the secret. */
  readonly tokens?: string;
}

function runChild(requestFile: string, tokens: string | undefined): Promise<void> {
  const secrets = tokens === undefined ? {} : { SST_SECRET_Tokens: tokens };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'evaluate-child.ts'), requestFile], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '', PULUMI_CONFIG_PASSPHRASE: '', ...secrets },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the evaluation of sst.config.ts ended with ${code}:\n${said.slice(-4_000)}`));
    });
  });
}

/** The graph of a deployment of this stage. Throws with what SST would say where it would refuse. */
export async function evaluate({ stage, stages, tokens }: EvaluateOptions): Promise<Graph> {
  const platform = await sstPlatform(process.env, (line) => process.stderr.write(`sst: ${line}\n`));
  const work = await mkdtemp(join(tmpdir(), 'galaxy-sst-'));
  try {
    const output = join(work, 'graph.json');
    const request: EvaluateRequest = { root: ROOT, platform, stage, stages: stages ?? null, work, output };
    await writeFile(join(work, 'request.json'), JSON.stringify(request));
    await runChild(join(work, 'request.json'), tokens);
    return JSON.parse(await readFile(output, 'utf8')) as Graph;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
