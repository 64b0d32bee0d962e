import { CfnOutput, Stack } from 'aws-cdk-lib';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { AdminToken } from './admin-token.ts';
import { Budget } from './budget.ts';
import { Cluster } from './cluster.ts';
import type { Configuration } from './configuration.ts';
import { Database } from './database.ts';
import { DatabaseLogin } from './database-login.ts';
import { CLIENT_ADDRESS_HEADER, Distribution } from './distribution.ts';
import { Domain } from './domain.ts';
import { LoadBalancer } from './load-balancer.ts';
import { Mail } from './mail.ts';
import { Migrations } from './migrations.ts';
import { Monitoring } from './monitoring.ts';
import { Network } from './network.ts';
import { ReportStorage } from './report-storage.ts';
import { Rotation } from './rotation.ts';
import { Service } from './service.ts';
import { WebAcl } from './web-acl.ts';

/** The whole system of one stage: two services behind one load balancer on one database. */
export class PropertyInsightsStack extends Stack {
  constructor(scope: Construct, id: string, configuration: Configuration) {
    const { stage, entry, allowedNetworks, readAccess, alarmEmail, tracing, callerBudget, mapStyle, mail } =
      configuration;
    super(scope, id, {
      description: 'Property Insights: property-market analytics and reporting',
      terminationProtection: stage.deletionProtection,
    });

    const network = new Network(this, 'Network', { stage });
    const cluster = new Cluster(this, 'Cluster', { stage, network });
    const database = new Database(this, 'Database', { stage, network });
    const logins = {
      analytical: new DatabaseLogin(this, 'AnalyticalLogin', { username: 'analytical' }),
      reporting: new DatabaseLogin(this, 'ReportingLogin', { username: 'reporting' }),
    };
    const adminToken = new AdminToken(this, 'AdminToken');
    const migrations = new Migrations(this, 'Migrations', { stage, network, database, logins, adminToken });
    const rotation = new Rotation(this, 'Rotation', { stage, network, database, logins });

    const domain = entry.kind === 'domain' ? new Domain(this, 'Domain', entry) : undefined;
    const loadBalancer = new LoadBalancer(this, 'LoadBalancer', {
      stage,
      network,
      certificate: domain?.certificate(),
      internal: entry.kind === 'cloudfront',
    });
    domain?.pointTo(new LoadBalancerTarget(loadBalancer.loadBalancer), { ipv6: false });
    const distribution =
      entry.kind === 'cloudfront'
        ? new Distribution(this, 'Distribution', { stage, network, loadBalancer, domain: entry.domain })
        : undefined;
    const host = distribution?.host ?? domain?.name ?? loadBalancer.dnsName;
    const clientAddressHeader = distribution ? CLIENT_ADDRESS_HEADER : undefined;
    const webAcl = new WebAcl(this, 'WebAcl', { stage, loadBalancer, allowedNetworks, clientAddressHeader });

    const analytical = new Service(this, 'Analytical', {
      stage,
      network,
      cluster,
      database,
      readAccess,
      host,
      clientAddressHeader,
      callerBudget,
      login: logins.analytical,
      readsOnly: false,
      tracing,
      name: 'analytical',
      port: 8000,
      size: stage.analytical,
      notInImage: [
        'apps/command-line',
        'apps/reporting',
        'packages/admin-token',
        'packages/command-options',
        'packages/reports',
      ],
    });
    const reporting = new Service(this, 'Reporting', {
      stage,
      network,
      cluster,
      database,
      readAccess,
      host,
      clientAddressHeader,
      callerBudget,
      login: logins.reporting,
      readsOnly: true,
      tracing,
      name: 'reporting',
      port: 8080,
      size: stage.reporting,
      notInImage: [
        'apps/analytical',
        'apps/command-line',
        'apps/dashboard',
        'packages/admin-token',
        'packages/api-types',
        'packages/command-options',
        'packages/imports',
      ],
    });
    if (mapStyle) analytical.setVariable('MAP_STYLE_URL', mapStyle);
    new ReportStorage(this, 'ReportStorage', { network }).useIn(reporting);
    if (mail) new Mail(this, 'Mail', mail).useIn(reporting);
    migrations.runBefore(analytical.fargateService, reporting.fargateService, ...rotation.schedules);

    const analyticalTargets = loadBalancer.route('Analytical', {
      service: analytical,
      firstPriority: 10,
      paths: ['/', '/api', '/api/*', '/app/*', '/assets/*'],
      healthCheckPath: '/api/health',
    });
    const reportingTargets = loadBalancer.route('Reporting', {
      service: reporting,
      firstPriority: 20,
      paths: ['/reporting', '/reporting/*'],
      healthCheckPath: '/reporting/health',
    });

    const monitoring = new Monitoring(this, 'Monitoring', {
      stage,
      database,
      rotation,
      loadBalancer,
      webAcl,
      services: [
        { service: analytical, targets: analyticalTargets },
        { service: reporting, targets: reportingTargets },
      ],
      alarmEmail,
    });

    new Budget(this, 'Budget', { stage, topic: monitoring.topic });

    new CfnOutput(this, 'LoadBalancerDnsName', { value: loadBalancer.dnsName });
    new CfnOutput(this, 'Address', {
      value: `${entry.kind === 'http' ? 'http' : 'https'}://${host}`,
    });
    new CfnOutput(this, 'Dashboard', { value: monitoring.dashboardUrl });
  }
}
