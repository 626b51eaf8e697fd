/** Where an event stands: its end in the file, and its index among events that share that. */
export interface Place {
  readonly logPos: number;
  readonly innerEvent: number;
}
