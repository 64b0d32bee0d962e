import { expect, test } from 'vitest';
import { resource, synthesize } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });
const production = synthesize({ stage: 'production', entry: 'cloudfront' });

test('The demo runs on Fargate Spot, production on Fargate', () => {
  const strategy = (template: typeof demo) =>
    resource(template, 'AWS::ECS::ClusterCapacityProviderAssociations').properties.DefaultCapacityProviderStrategy;
  expect(strategy(demo)).toEqual([{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }]);
  expect(strategy(production)).toEqual([{ CapacityProvider: 'FARGATE', Weight: 1 }]);
});

test('Container Insights are enabled in production only', () => {
  const insights = (value: string) => ({ ClusterSettings: [{ Name: 'containerInsights', Value: value }] });
  demo.hasResourceProperties('AWS::ECS::Cluster', insights('disabled'));
  production.hasResourceProperties('AWS::ECS::Cluster', insights('enabled'));
});
