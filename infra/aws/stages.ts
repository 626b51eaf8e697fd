/**
 * The stages of this installation: the file that an operator edits. settings.ts has every field with its meaning, its
 * form and its default; docs/deploy.md goes through a first deployment.
 */
import type { StageSettings } from './settings.ts';

export const STAGES: Readonly<Record<string, StageSettings>> = {
  dev: { kind: 'trial', network: { kind: 'own', zones: 1 } },
  // Deploys once `alarmEmail` is set: a production stage that fails unseen is refused.
  production: { kind: 'production', network: { kind: 'own', zones: 2 } },
};
