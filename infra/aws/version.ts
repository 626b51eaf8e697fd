import packageJson from '../../package.json' with { type: 'json' };

/** What `GET /healthz` answers with. */
export const VERSION: string = packageJson.version;
