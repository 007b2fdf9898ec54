const cdk = require('aws-cdk-lib'), ec2 = require('aws-cdk-lib/aws-ec2'), iam = require('aws-cdk-lib/aws-iam'), s3 = require('aws-cdk-lib/aws-s3');
const { Construct } = require('constructs');
const { POLICIES, logGroup, logsKey } = require('./support');

const FIELDS = 'version account-id vpc-id subnet-id az-id interface-id instance-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr srcport dstport '
  + 'protocol pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path tcp-flags packets bytes start end action log-status';

const allow = (actions, conditions = {}, resources = ['*']) => new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], actions, resources, conditions });

exports.NetworkStack = class extends cdk.Stack {
  constructor(scope, values) {
    super(scope, 'Network', {
      env: { region: values.region }, terminationProtection: values.production,
      description: 'eks-groundwork: VPC, subnets, routes, endpoints, flow logs',
    });
    this.zones = values.zones;
    const network = new Construct(this, 'Network');
    this.vpc = new ec2.Vpc(network, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(values.cidr), subnetConfiguration: [], natGateways: 0, restrictDefaultSecurityGroup: true,
    });
    const tier = (name, Subnet) => values.zones.map((zone, index) => new Subnet(network, name + zone.slice(-1).toUpperCase(), {
      vpcId: this.vpc.vpcId, availabilityZone: zone, cidrBlock: values.subnets[name][index], mapPublicIpOnLaunch: false,
    }));
    this.publicSubnets = tier('Public', ec2.PublicSubnet);
    this.privateSubnets = tier('Private', ec2.PrivateSubnet);
    this.controlPlaneSubnets = tier('ControlPlane', ec2.PrivateSubnet);
    for (const subnet of this.publicSubnets) cdk.Tags.of(subnet).add('kubernetes.io/role/elb', '1');
    for (const subnet of this.privateSubnets) cdk.Tags.of(subnet).add('kubernetes.io/role/internal-elb', '1');
    this.route(network, values);
    this.endpoints(new Construct(network, 'Endpoints'), values);
    this.flowLogs(new Construct(network, 'FlowLogs'), values);
  }

  get availabilityZones() { return this.zones; }

  route(network, values) {
    const gateway = new ec2.CfnInternetGateway(network, 'InternetGateway');
    const attachment = new ec2.CfnVPCGatewayAttachment(network, 'InternetGatewayAttachment', { vpcId: this.vpc.vpcId, internetGatewayId: gateway.ref });
    for (const subnet of this.publicSubnets) subnet.addDefaultInternetRoute(gateway.ref, attachment);
    const nats = this.publicSubnets.slice(0, values.natGateways).map((subnet) => subnet.addNatGateway());
    values.zones.forEach((_, index) => {
      for (const subnets of [this.privateSubnets, this.controlPlaneSubnets]) subnets[index].addDefaultNatRoute(nats[index % nats.length].ref);
    });
  }

  endpoints(scope, values) {
    const gateway = new ec2.GatewayVpcEndpoint(scope, 'S3', {
      vpc: this.vpc, service: ec2.GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnets: [...this.publicSubnets, ...this.privateSubnets, ...this.controlPlaneSubnets] }],
    });
    gateway.addToPolicy(allow(['s3:Get*', 's3:List*']));
    gateway.addToPolicy(allow(['s3:*'], { StringEquals: { 'aws:ResourceAccount': [this.account] } }));
    gateway.addToPolicy(allow(['s3:PutObject'], {}, ['custom-resource-response', 'waitcondition'].map((name) => `arn:${this.partition}:s3:::cloudformation-${name}-*/*`)));
    if (!values.interfaceEndpoints.length) return;
    const group = new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc: this.vpc, description: 'HTTPS from the VPC to interface endpoints', allowAllOutbound: false });
    group.addIngressRule(ec2.Peer.ipv4(values.cidr), ec2.Port.tcp(443), 'VPC');
    for (const name of values.interfaceEndpoints) {
      const id = name.split('.').map((part) => part[0].toUpperCase() + part.slice(1)).join('');
      const endpoint = new ec2.InterfaceVpcEndpoint(scope, id, {
        vpc: this.vpc, service: new ec2.InterfaceVpcEndpointAwsService(name), subnets: { subnets: this.privateSubnets }, securityGroups: [group], open: false,
      });
      endpoint.addToPolicy(allow(['*'], { StringEquals: { 'aws:PrincipalAccount': [this.account] } }));
      if (name === 'sts') endpoint.addToPolicy(allow(['sts:AssumeRoleWithWebIdentity']));
    }
  }

  flowLogs(scope, values) {
    const { bucket, days } = values.flowLogs, removalPolicy = POLICIES[values.production];
    const key = values.protectedLogs ? logsKey(scope, 'Key', removalPolicy, bucket) : undefined;
    const destination = bucket
      ? ec2.FlowLogDestination.toS3(new s3.Bucket(scope, 'Bucket', {
        encryption: s3.BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true, versioned: true,
        blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, enforceSSL: true, removalPolicy,
        lifecycleRules: [{ expiration: cdk.Duration.days(days), noncurrentVersionExpiration: cdk.Duration.days(30) }],
      }))
      : ec2.FlowLogDestination.toCloudWatchLogs(logGroup(scope, 'LogGroup', days, removalPolicy, key));
    const flowLog = new ec2.FlowLog(scope, 'FlowLog', {
      resourceType: ec2.FlowLogResourceType.fromVpc(this.vpc), destination, trafficType: ec2.FlowLogTrafficType.ALL,
      maxAggregationInterval: ec2.FlowLogMaxAggregationInterval.ONE_MINUTE,
      logFormat: [ec2.LogFormat.custom(FIELDS.split(' ').map((field) => '${' + field + '}').join(' '))],
    });
    if (flowLog.iamRole) flowLog.node.defaultChild.node.addDependency(flowLog.iamRole);
  }
};
