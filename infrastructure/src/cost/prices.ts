/**
 * The prices of AWS in `region`, in US dollars: list prices without free tiers, discounts and taxes. A month has 730 hours. Each comment links the
 * page of AWS. On the day `asOf` the prices were compared with other publications of AWS's price list: the test data of infracost (NAT gateway,
 * endpoints, load balancer, CloudFront, firewall, logs, alarms, secrets, Lambda, S3, Aurora's storage), and tables of 2025 and 2026 by Vantage
 * (Fargate), InfraTally (t4g), Usage.ai (RDS storage, Graviton) and FactualMinds (Aurora's capacity). Prices change: check them before you rely on a sum.
 */
export const prices = {
  region: 'us-east-1',
  asOf: '2026-11-24',

  /** https://aws.amazon.com/fargate/pricing/ (Linux on ARM). Spot varies with supply, up to 70 % off: assumed to be a third. */
  fargate: {
    FARGATE: { cpuHour: 0.03238, gibHour: 0.00356 },
    FARGATE_SPOT: { cpuHour: 0.0108, gibHour: 0.0012 },
  },

  /** https://aws.amazon.com/rds/postgresql/pricing/ (one zone, on demand; a second zone costs the same again). */
  rds: {
    instanceHour: {
      'db.t4g.micro': 0.016,
      'db.t4g.small': 0.032,
      'db.t4g.medium': 0.065,
      'db.m7g.large': 0.168,
    } as Record<string, number>,
    gp3GibMonth: 0.115,
    backupGibMonth: 0.095,
  },

  /** https://aws.amazon.com/rds/aurora/pricing/ (Aurora Standard) */
  aurora: { capacityUnitHour: 0.12, gibMonth: 0.1, millionIos: 0.2, backupGibMonth: 0.021 },

  /** https://aws.amazon.com/elasticloadbalancing/pricing/ */
  loadBalancer: { hour: 0.0225, capacityUnitHour: 0.008 },

  /** https://aws.amazon.com/vpc/pricing/ and https://aws.amazon.com/privatelink/pricing/ */
  network: {
    natGatewayHour: 0.045,
    natGatewayGb: 0.045,
    publicAddressHour: 0.005,
    interfaceEndpointHour: 0.01,
    interfaceEndpointGb: 0.01,
  },

  /** https://aws.amazon.com/ec2/pricing/on-demand/ (Linux) and https://aws.amazon.com/ebs/pricing/ (gp3) */
  instance: { hour: { 't4g.nano': 0.0042 } as Record<string, number>, volumeGibMonth: 0.08 },

  /** https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer */
  transfer: { internetGb: 0.09, betweenZonesGb: 0.02 },

  /**
   * https://aws.amazon.com/cloudfront/pricing/ (United States and Europe, pay as you go). The first terabyte, ten million requests and two million
   * function calls of a month are free in every account, without an end.
   */
  cloudFront: {
    gb: 0.085,
    freeGb: 1024,
    request: 0.000001,
    freeRequests: 10_000_000,
    functionCall: 0.0000001,
    freeFunctionCalls: 2_000_000,
  },

  /** https://aws.amazon.com/waf/pricing/ */
  firewall: { aclMonth: 5, ruleMonth: 1, request: 0.0000006 },

  /** https://aws.amazon.com/cloudwatch/pricing/ (lines are kept compressed, to about 15 %) */
  cloudWatch: { logGb: 0.5, keptLogGbMonth: 0.03 * 0.15, alarmedMetricMonth: 0.1, dashboardMonth: 3, metricMonth: 0.3 },

  /** https://aws.amazon.com/secrets-manager/pricing/ */
  secrets: { month: 0.4, call: 0.000005 },

  /** https://aws.amazon.com/lambda/pricing/ */
  lambda: { arm64GibSecond: 0.0000133334, x86GibSecond: 0.0000166667 },

  /** https://aws.amazon.com/s3/pricing/ */
  s3: { gbMonth: 0.023, put: 0.000005 },

  /** https://aws.amazon.com/sns/pricing/ */
  notification: { email: 0.00002 },

  /** https://aws.amazon.com/ses/pricing/ (outgoing; attachments by size, of some hundred kB each) */
  mail: { message: 0.0001, attachmentGb: 0.12 },

  /** https://aws.amazon.com/ecr/pricing/ */
  ecr: { gbMonth: 0.1 },
} as const;

export const HOURS_A_MONTH = 730;
