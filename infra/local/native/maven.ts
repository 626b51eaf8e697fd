import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './cache.ts';
import { type NativeContext, requirePrograms, runTool, withProgress } from './tools.ts';

export interface MavenArtifact {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

/**
 * Copies the jars of these artifacts, with all that they depend on, to `folder`. Everything goes through the
 * user's own Maven, so its settings, mirrors and local repository count.
 */
export async function copyJars(
  context: NativeContext,
  artifacts: readonly MavenArtifact[],
  folder: string,
  what: string,
): Promise<void> {
  await maven(context, artifacts, what, ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`]);
}

/** Unpacks one file out of an artifact's jar into `folder`. */
export async function unpackFromJar(
  context: NativeContext,
  artifact: MavenArtifact,
  file: string,
  folder: string,
  what: string,
): Promise<void> {
  await maven(context, [artifact], what, [
    'dependency:unpack-dependencies',
    `-DoutputDirectory=${folder}`,
    `-Dmdep.unpack.includes=${file}`,
    '-DexcludeTransitive=true',
  ]);
}

async function maven(
  context: NativeContext,
  artifacts: readonly MavenArtifact[],
  what: string,
  goal: readonly string[],
): Promise<void> {
  await requirePrograms(context, ['java', 'mvn']);
  const pom = join(context.folder, `pom-${artifacts.map((artifact) => artifact.artifactId).join('-')}.xml`);
  await writeFile(pom, pomText(artifacts));
  // Two Mavens that fill one local repository at once can leave half-written files in it.
  await withLock(context.cache, 'maven', context.log, async () => {
    await withProgress(context.log, what, () =>
      runTool(context, 'mvn', ['-q', '-B', '-f', pom, ...goal], 'Maven'),
    );
  });
}

function pomText(artifacts: readonly MavenArtifact[]): string {
  const dependencies = artifacts
    .map(
      ({ groupId, artifactId, version }) =>
        `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`,
    )
    .join('\n');
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>galaxy</groupId><artifactId>servers</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependencies}
</dependencies></project>
`;
}
