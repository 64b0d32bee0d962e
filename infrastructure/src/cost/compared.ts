/** The configurations that the README compares, by their options. */
export const compared: Record<string, Record<string, string>> = {
  'demo, by HTTP': { stage: 'demo' },
  'production, by CloudFront': { stage: 'production', entry: 'cloudfront' },
  'the same on Aurora': { stage: 'production', entry: 'cloudfront', database: 'aurora-serverless' },
};
