import { Aws, CfnCondition, Fn, Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { regions } from './regions.ts';
import type { Stage } from './stages.ts';

/**
 * Notifies the alarms' topic when the actual or forecast monthly cost of the account exceeds the budget of the stage. The cost of one stack could
 * only be measured after its cost allocation tag has been activated by hand. Regions without `AWS::Budgets::Budget` get none.
 */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { stage, topic }: { stage: Stage; topic: Topic }) {
    super(scope, id);
    const { account, stackName } = Stack.of(this);
    const allow = topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('budgets.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    const budget = new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: stackName,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: stage.monthlyBudget, unit: 'USD' },
      },
      notificationsWithSubscribers: ['ACTUAL', 'FORECASTED'].map((notificationType) => ({
        notification: {
          notificationType,
          comparisonOperator: 'GREATER_THAN',
          threshold: 100,
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
      })),
    });
    const without = Object.keys(regions).filter((region) => regions[region]?.budgets === false);
    budget.cfnOptions.condition = new CfnCondition(this, 'Offered', {
      expression: Fn.conditionNot(Fn.conditionOr(...without.map((region) => Fn.conditionEquals(Aws.REGION, region)))),
    });
    // AWS rejects a topic without the permission to publish.
    if (allow.policyDependable) budget.node.addDependency(allow.policyDependable);
  }
}
