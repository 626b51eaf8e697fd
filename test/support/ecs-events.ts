/** Events as ECS sends them, after its documentation: every status, and what a stop may come of. */
import events from '../fixtures/ecs-events/events.json' with { type: 'json' };

export type EcsEventName = keyof typeof events;

export const ECS_EVENT_NAMES = Object.keys(events) as EcsEventName[];

/** A copy that a test may change. */
export function ecsEvent(name: EcsEventName, detail: Readonly<Record<string, unknown>> = {}) {
  const event = structuredClone(events[name]) as Record<string, unknown> & {
    detail: Record<string, unknown>;
  };
  return { ...event, detail: { ...event.detail, ...detail } };
}
