/**
 * A stage of API Gateway other than `$default` stands in front of every path (`/prod/v1/task`), and payload format 2.0
 * passes it on. The app knows its routes without.
 */
interface Staged {
  readonly rawPath: string;
  readonly requestContext: { readonly stage: string };
}

function isStaged(event: object): event is Staged {
  const { rawPath, requestContext } = event as Partial<Staged>;
  return typeof rawPath === 'string' && typeof requestContext?.stage === 'string';
}

export function withoutStage<E extends object>(event: E): E {
  if (!isStaged(event)) return event;
  const prefix = `/${event.requestContext.stage}`;
  if (event.rawPath !== prefix && !event.rawPath.startsWith(`${prefix}/`)) return event;
  return { ...event, rawPath: event.rawPath.slice(prefix.length) || '/' };
}
