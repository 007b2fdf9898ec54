const fs = require('fs');
const cdk = require('aws-cdk-lib'), ec2 = require('aws-cdk-lib/aws-ec2'), eks = require('aws-cdk-lib/aws-eks-v2'),
  iam = require('aws-cdk-lib/aws-iam'), kms = require('aws-cdk-lib/aws-kms'), lambda = require('aws-cdk-lib/aws-lambda');
const { Construct } = require('constructs');
const { POLICIES, ROOT, addOn, apply, logGroup, logsKey, managed, manifests, podRole } = require('./support');

const LIBRARY = 'constructs_lib';

exports.ClusterStack = class extends cdk.Stack {
  constructor(scope, values, network) {
    super(scope, 'Cluster', {
      env: { region: values.region }, terminationProtection: values.production,
      description: 'eks-groundwork: EKS control plane, add-ons, data plane, access',
    });
    this.values = values;
    this.network = network;
    this.clusterName = `groundwork-${values.name}`;
    this.removal = POLICIES[values.production];
    this.key = values.protectedLogs ? logsKey(this, 'LogsKey', this.removal) : undefined;
    this.cluster = this.controlPlane(new Construct(this, 'ControlPlane'));
    const networking = this.podNetworking(new Construct(this, 'PodNetworking'));
    const compute = this.dataPlane(new Construct(this, 'DataPlane'));
    for (const each of compute) each.node.addDependency(...networking);
    this.addOns(new Construct(this, 'AddOns'), compute);
    this.access(new Construct(this, 'Access'));
    new cdk.CfnOutput(this, 'ClusterName', { value: this.cluster.clusterName });
  }

  controlPlane(scope) {
    const { values } = this;
    const secrets = new kms.Key(scope, 'SecretsKey', { description: `Kubernetes Secrets of ${this.clusterName}`, enableKeyRotation: true, removalPolicy: this.removal });
    const logs = this.adoptedLogGroup(new Construct(scope, 'Logs'), `/aws/eks/${this.clusterName}/cluster`);
    const role = new iam.Role(scope, 'Role', {
      description: 'EKS control plane', assumedBy: new iam.ServicePrincipal('eks.amazonaws.com'), managedPolicies: [managed('AmazonEKSClusterPolicy')],
    });
    const minor = values.kubernetes.split('.')[1];
    const Layer = require(`@aws-cdk/lambda-layer-kubectl-v${minor}`)[`KubectlV${minor}Layer`];
    const cluster = new eks.Cluster(scope, 'Cluster', {
      clusterName: this.clusterName, version: eks.KubernetesVersion.of(values.kubernetes), role, vpc: this.network.vpc,
      vpcSubnets: [{ subnets: this.network.controlPlaneSubnets }],
      endpointAccess: values.publicCidrs.length ? eks.EndpointAccess.PUBLIC_AND_PRIVATE.onlyFrom(...values.publicCidrs) : eks.EndpointAccess.PRIVATE,
      clusterLogging: ['API', 'AUDIT', 'AUTHENTICATOR', 'CONTROLLER_MANAGER', 'SCHEDULER'].map((name) => eks.ClusterLoggingTypes[name]),
      secretsEncryptionKey: secrets, defaultCapacityType: eks.DefaultCapacityType.NODEGROUP, defaultCapacity: 0,
      bootstrapClusterCreatorAdminPermissions: false, bootstrapSelfManagedAddons: false,
      kubectlProviderOptions: { kubectlLayer: new Layer(scope, 'Kubectl') },
    });
    const resource = cluster.node.defaultChild;
    resource.addPropertyOverride('DeletionProtection', values.production);
    resource.addPropertyOverride('UpgradePolicy.SupportType', 'STANDARD');
    resource.addPropertyOverride('ZonalShiftConfig.Enabled', true);
    resource.node.addDependency(logs);
    this.kubectlHandler(cluster);
    return cluster;
  }

  adoptedLogGroup(scope, name) {
    const { logDays } = this.values;
    const arn = `arn:${this.partition}:logs:${this.region}:${this.account}:log-group:${name}`;
    const records = logGroup(scope, 'LogGroup', logDays, this.removal, this.key);
    const actions = ['CreateLogGroup', 'DeleteLogGroup', 'PutRetentionPolicy', 'TagResource', 'AssociateKmsKey', 'DisassociateKmsKey'];
    const role = new iam.Role(scope, 'Role', {
      description: 'Makes the log group of the EKS control plane', assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        LogGroup: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions: actions.map((action) => `logs:${action}`), resources: [arn, `${arn}:*`] }),
            new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [records.logGroupArn] }),
          ],
        }),
      },
    });
    const made = new lambda.Function(scope, 'Function', {
      description: 'Makes the log group of the EKS control plane, or takes it as it is', runtime: lambda.Runtime.PYTHON_3_14, handler: 'index.handler',
      code: lambda.Code.fromInline(fs.readFileSync(`${ROOT}/${LIBRARY}/handlers/log_group.py`, 'utf8')), timeout: cdk.Duration.minutes(1), role, logGroup: records,
    });
    return new cdk.CustomResource(scope, 'Resource', {
      serviceToken: made.functionArn, resourceType: 'Custom::LogGroup', serviceTimeout: cdk.Duration.minutes(5), removalPolicy: this.removal,
      properties: {
        LogGroupName: name, RetentionInDays: logDays, Arn: arn, KmsKeyArn: this.key ? this.key.keyArn : '',
        Tags: cdk.Lazy.any({ produce: () => made.node.defaultChild.tags.tagValues() }),
      },
    });
  }

  kubectlHandler(cluster) {
    const provider = cluster.node.findChild('KubectlProvider'), handler = provider.node.findChild('Handler');
    const framework = provider.node.findChild('Provider').node.findChild('framework-onEvent');
    handler.addLayers(new lambda.LayerVersion(handler, 'ChartCrds', {
      description: 'Upgrades the CRDs of Helm charts', code: lambda.Code.fromAsset(`${ROOT}/${LIBRARY}/handlers/kubectl_layer`, { exclude: ['**/__pycache__'] }),
    }));
    handler.node.defaultChild.handler = 'chart_crds.handler';
    for (const each of [handler, framework]) {
      const group = each.node.findChild('LogGroup'), resource = group.node.defaultChild;
      cluster.node.findChild('KubectlReadyBarrier').node.addDependency(group);
      resource.retentionInDays = this.values.logDays;
      resource.kmsKeyId = this.key && this.key.keyArn;
      resource.applyRemovalPolicy(this.removal);
    }
    handler.node.findChild('ServiceRole').node.defaultChild.managedPolicyArns = ['Basic', 'VPCAccess'].map((name) => managed(`service-role/AWSLambda${name}ExecutionRole`).managedPolicyArn);
    handler.node.tryRemoveChild('HasEcrPublic');
  }

  podNetworking(scope) {
    const { cluster, values } = this;
    const install = (within, id, name, more = {}) => addOn(within, id, { cluster, name, version: values.addOns[name], ...more });
    const agent = install(scope, 'PodIdentityAgent', 'eks-pod-identity-agent'), proxy = install(scope, 'KubeProxy', 'kube-proxy');
    const cni = install(new Construct(scope, 'VpcCni'), 'AddOn', 'vpc-cni', {
      configuration: { enableNetworkPolicy: 'true', env: { ...values.cniEnvironment, NETWORK_POLICY_ENFORCING_MODE: 'standard' } },
      policy: 'AmazonEKS_CNI_Policy', account: 'aws-node', after: [agent],
    });
    return [agent, proxy, cni];
  }

  dataPlane(scope) {
    const { cluster, network, values } = this, { nodes } = values;
    const group = new Construct(new Construct(scope, 'NodeGroups'), 'General');
    const nodeRole = new iam.Role(group, 'Role', {
      description: 'Nodes of a managed node group', assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly', 'AmazonSSMManagedInstanceCore'].map(managed),
    });
    const template = new ec2.LaunchTemplate(group, 'LaunchTemplate', {
      requireImdsv2: true, httpPutResponseHopLimit: 1,
      blockDevices: Object.entries(nodes.disks).map(([deviceName, size]) => ({
        deviceName, volume: ec2.BlockDeviceVolume.ebs(size, { encrypted: true, volumeType: ec2.EbsDeviceVolumeType.GP3 }),
      })),
    });
    cdk.Tags.of(template).add('Name', `${this.clusterName}-General`);
    const nodeGroup = new eks.Nodegroup(group, 'NodeGroup', {
      cluster, nodeRole, subnets: { subnets: network.privateSubnets }, minSize: nodes.minSize, desiredSize: nodes.desiredSize, maxSize: nodes.maxSize,
      launchTemplateSpec: { id: template.launchTemplateId, version: template.latestVersionNumber },
      maxUnavailablePercentage: 33, enableNodeAutoRepair: true, forceUpdate: false,
    });
    const { amiType, capacityType, instanceTypes } = nodes;
    Object.assign(nodeGroup.node.defaultChild, { amiType, capacityType, instanceTypes, version: values.kubernetes });

    const fargate = new Construct(scope, 'Fargate');
    const execution = new iam.Role(fargate, 'PodExecutionRole', {
      description: 'Fargate pulls images and writes logs for pods',
      assumedBy: new iam.ServicePrincipal('eks-fargate-pods.amazonaws.com', {
        conditions: { ArnLike: { 'aws:SourceArn': this.formatArn({ service: 'eks', resource: 'fargateprofile', resourceName: `${this.clusterName}/*` }) } },
      }),
      managedPolicies: [managed('AmazonEKSFargatePodExecutionRolePolicy')],
    });
    const profile = new eks.FargateProfile(new Construct(fargate, 'Profiles'), 'SampleApi', {
      cluster, podExecutionRole: execution, vpc: network.vpc, subnetSelection: { subnets: network.privateSubnets },
      selectors: [{ namespace: 'sample', labels: { 'app.kubernetes.io/component': 'api' } }],
    });
    profile.node.addDependency(execution);
    const records = logGroup(fargate, 'LogGroup', values.fargateLogDays, this.removal, this.key);
    records.grant(execution, 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents');
    apply(fargate, 'Logging', cluster, manifests(`${LIBRARY}/kubernetes/fargate-logging`, { log_group: records.logGroupName, region: this.region }));
    return [nodeGroup, profile];
  }

  addOns(scope, after) {
    const { cluster, values } = this;
    const install = (id, name, more = {}) => addOn(scope, id, { cluster, name, version: values.addOns[name], after, ...more });
    const coredns = install('CoreDns', 'coredns');
    install('MetricsServer', 'metrics-server');
    const driver = install('EbsCsiDriver', 'aws-ebs-csi-driver', { policy: 'AmazonEBSCSIDriverEKSClusterScopedPolicy', account: 'ebs-csi-controller-sa' });
    apply(scope, 'DefaultStorageClass', cluster, manifests(`${LIBRARY}/kubernetes/ebs-csi-driver`)).node.addDependency(driver);
    install('NodeMonitoringAgent', 'eks-node-monitoring-agent');
    this.loadBalancerController(new Construct(scope, 'LoadBalancerController')).node.addDependency(coredns, ...after);
  }

  loadBalancerController(scope) {
    const name = 'aws-load-balancer-controller', namespace = 'kube-system', { cluster } = this;
    const role = podRole(scope, name);
    const identity = new eks.CfnPodIdentityAssociation(scope, 'PodIdentityAssociation', { clusterName: cluster.clusterName, namespace, serviceAccount: name, roleArn: role.roleArn });
    const text = fs.readFileSync(`${ROOT}/${LIBRARY}/load_balancer_controller_policy.json`, 'utf8').replaceAll('arn:aws:', `arn:${cdk.Aws.PARTITION}:`);
    const document = JSON.parse(text), unused = ['wafv2:', 'elasticloadbalancing:SetWebAcl', 'waf-regional:', 'shield:', 'cognito-idp:'];
    for (const statement of document.Statement) statement.Action = statement.Action.filter((action) => !unused.some((prefix) => action.startsWith(prefix)));
    const policy = new iam.ManagedPolicy(scope, 'Policy', { description: `What ${name} needs`, document: iam.PolicyDocument.fromJson(document), roles: [role] });
    const chart = new eks.HelmChart(scope, 'Chart', {
      cluster, chart: name, repository: 'https://aws.github.io/eks-charts', version: '3.5.0', release: name, namespace, createNamespace: false,
      wait: true, timeout: cdk.Duration.minutes(10),
      values: {
        clusterName: cluster.clusterName, region: this.region, vpcId: this.network.vpc.vpcId, replicaCount: 2, podDisruptionBudget: { maxUnavailable: 1 },
        serviceAccount: { create: true, name }, defaultTargetType: 'ip', enableServiceMutatorWebhook: false, enableShield: false, enableWaf: false, enableWafv2: false,
        controllerConfig: { featureGates: { ALBGatewayAPI: false, NLBGatewayAPI: false, GatewayListenerSet: false } },
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } }, keepTLSSecret: true,
      },
    });
    chart.node.addDependency(identity, policy);
    return chart;
  }

  access(scope) {
    const roots = new iam.AccountRootPrincipal();
    const grants = [
      ['Administrator', 'AmazonEKSClusterAdminPolicy', this.values.mfa ? roots.withConditions({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }) : roots],
      ['ReadOnly', 'AmazonEKSViewPolicy', roots],
    ];
    for (const [name, policy, assumedBy] of grants) {
      const role = new iam.Role(scope, `${name}Role`, { description: `${name} of the EKS cluster ${this.clusterName}`, assumedBy, maxSessionDuration: cdk.Duration.hours(1) });
      role.addToPolicy(new iam.PolicyStatement({ actions: ['eks:DescribeCluster'], resources: [this.cluster.clusterArn] }));
      new cdk.CfnOutput(scope, `${name}Kubeconfig`, {
        description: `Run this to use the cluster as ${name}`,
        value: `aws eks update-kubeconfig --name ${this.clusterName} --region ${this.region} --role-arn ${role.roleArn}`,
      }).overrideLogicalId(`${name}Kubeconfig`);
      new eks.CfnAccessEntry(scope, `${name}Entry`, {
        clusterName: this.cluster.clusterName, principalArn: role.roleArn,
        accessPolicies: [{ policyArn: `arn:${this.partition}:eks::aws:cluster-access-policy/${policy}`, accessScope: { type: 'cluster' } }],
      });
    }
  }
};
