/** The configurations that the README compares, by their options. */
export const compared: Record<string, Record<string, string>> = {
  demo: { stage: 'demo' },
  'demo without Spot': { stage: 'demo', spot: 'off' },
  'demo, NAT gateway': { stage: 'demo', egress: 'nat-gateway' },
  'demo, by HTTP': { stage: 'demo', entry: 'http' },
  production: { stage: 'production' },
  'production, NAT gateways': { stage: 'production', egress: 'nat-gateway-per-zone' },
  'production on Aurora': { stage: 'production', database: 'aurora-serverless' },
};
