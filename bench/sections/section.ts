/** A table of its own beside the one of throughput. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What was measured, for the JSON file. */
  readonly raw: unknown;
}

/** A section that could not be measured says so. */
export async function sectionOr(
  id: string,
  title: string,
  make: () => Promise<Omit<Section, 'id' | 'title'>>,
): Promise<Section> {
  try {
    return { id, title, ...(await make()) };
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error))
      .replaceAll(/\s+/g, ' ')
      .slice(0, 300);
    return { id, title, header: ['', ''], rows: [['not run', reason]], raw: { notRun: reason } };
  }
}
