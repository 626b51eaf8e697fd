/** Waits until `done` says so; fails with what was waited for when it does not come. */
export async function waitFor(done: () => Promise<boolean>, withinMs = 15_000): Promise<void> {
  for (const endMs = Date.now() + withinMs; ; ) {
    if (await done()) return;
    if (Date.now() > endMs) throw new Error(`it did not come within ${withinMs} ms: ${done}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
