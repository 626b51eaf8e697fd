/** Wrong usage of a command: exit code 2. The message ends in a full stop. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
