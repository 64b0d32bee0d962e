import type { Action } from '../load-balancer/listener.ts';

interface ActionProperties {
  Type: string;
  TargetGroupArn?: string;
  ForwardConfig?: { TargetGroups?: { TargetGroupArn: string }[] };
  FixedResponseConfig?: { StatusCode: string; ContentType?: string; MessageBody?: string };
  RedirectConfig?: {
    StatusCode: string;
    Protocol?: string;
    Host?: string;
    Port?: string;
    Path?: string;
    Query?: string;
  };
}

/** The one action of a listener or a rule. */
export function readAction(properties: unknown): Action {
  const [action, ...others] = properties as ActionProperties[];
  if (!action || others.length > 0)
    throw new Error('The local run requires exactly one action for a listener or rule.');
  const { Type, TargetGroupArn, ForwardConfig, FixedResponseConfig, RedirectConfig } = action;
  if (Type === 'forward') {
    const targetGroups = ForwardConfig?.TargetGroups ?? [];
    if (targetGroups.length > 1) throw new Error('The local run does not support forwarding to several target groups.');
    const targetGroupArn = TargetGroupArn ?? targetGroups[0]?.TargetGroupArn;
    if (!targetGroupArn) throw new Error('The forward action names no target group.');
    return { type: 'forward', targetGroupArn };
  }
  if (Type === 'fixed-response' && FixedResponseConfig) {
    const { StatusCode, ContentType, MessageBody } = FixedResponseConfig;
    return {
      type: 'fixed-response',
      statusCode: Number(StatusCode),
      contentType: ContentType,
      messageBody: MessageBody,
    };
  }
  if (Type === 'redirect' && RedirectConfig) {
    const { StatusCode, Protocol, Host, Port, Path, Query } = RedirectConfig;
    return {
      type: 'redirect',
      statusCode: StatusCode === 'HTTP_301' ? 301 : 302,
      protocol: Protocol,
      host: Host,
      port: Port,
      path: Path,
      query: Query,
    };
  }
  throw new Error(
    `The local run does not support the action ${Type}. It supports forward, fixed-response and redirect.`,
  );
}
