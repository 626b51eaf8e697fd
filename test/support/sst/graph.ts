/** What a deployment would make: every resource with the inputs that its provider would get. */

export interface Resource {
  /** As `aws:iam/role:Role`. */
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly inputs: Inputs;
  readonly retainOnDelete: boolean;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Inputs = { readonly [name: string]: Json };

export interface Graph {
  readonly app: { readonly removal: string; readonly protect: boolean; readonly providers: Inputs };
  readonly resources: readonly Resource[];
  /** What `run` returns. */
  readonly outputs: Inputs;
  /** What each function would be built from: by its resource's name. */
  readonly builds: readonly {
    readonly functionID: string;
    readonly handler: string;
    readonly bundle: string;
  }[];
}
