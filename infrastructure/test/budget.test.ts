import { expect, test } from 'vitest';
import { stages } from '../src/stages.ts';
import { resource, synthesize, type Value } from './synthesize.ts';

test.each(['demo', 'production'] as const)(
  'Exceeding the monthly budget of %s is reported where alarms are',
  (stage) => {
    const template = synthesize(stage === 'demo' ? { stage } : { stage, entry: 'cloudfront' });
    const { Budget, NotificationsWithSubscribers } = resource(template, 'AWS::Budgets::Budget').properties;
    expect(Budget.BudgetLimit).toEqual({ Amount: stages[stage]?.monthlyBudget, Unit: 'USD' });
    expect(
      NotificationsWithSubscribers.map(({ Notification, Subscribers }: Value) => [
        Notification.NotificationType,
        Notification.Threshold,
        Subscribers[0].Address.Ref,
      ]),
    ).toEqual(['ACTUAL', 'FORECASTED'].map((type) => [type, 100, resource(template, 'AWS::SNS::Topic').id]));
  },
);
