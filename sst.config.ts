/// <reference path="./.sst/platform/config.d.ts" />

// One file for each concern in infra/aws; what a stage can be told stands in infra/aws/settings.ts.
export default $config({
  async app(input) {
    const { STAGES } = await import('./infra/aws/stages.ts');
    const { isProduction } = await import('./infra/aws/settings.ts');
    const production = isProduction(input.stage, STAGES);
    return {
      name: 'galaxy',
      home: 'aws',
      // The table and the network of a production stage outlive `sst remove`, which `protect` refuses to begin with.
      removal: production ? 'retain' : 'remove',
      protect: production,
      providers: { aws: '7.20.0' },
    };
  },
  async run() {
    // First, so that what is wrong with the settings is told before anything is built.
    await import('./infra/aws/stage.ts');
    const { bundleFunctions } = await import('./infra/aws/bundle.ts');
    bundleFunctions(process.cwd());
    const { gateway } = await import('./infra/aws/api.ts');
    const { dashboard } = await import('./infra/aws/dashboard.ts');
    const { cluster } = await import('./infra/aws/runner.ts');
    const { table } = await import('./infra/aws/storage.ts');
    return {
      url: gateway.url,
      table: table.name,
      cluster: cluster.nodes.cluster.name,
      dashboard: dashboard.dashboardName,
    };
  },
});
