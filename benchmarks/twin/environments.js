// The values of tests/reference/dev.py and prod.py, with the defaults that they rely on.
const dev = {
  name: 'dev', stage: 'Dev', region: 'eu-west-1', production: false, protectedLogs: false,
  cidr: '10.10.0.0/16', zones: ['eu-west-1a', 'eu-west-1b'], natGateways: 1, interfaceEndpoints: [],
  subnets: {
    Public: ['10.10.32.0/24', '10.10.96.0/24'],
    Private: ['10.10.0.0/19', '10.10.64.0/19'],
    ControlPlane: ['10.10.48.0/28', '10.10.112.0/28'],
  },
  flowLogs: { bucket: false, days: 7 },
  kubernetes: '1.36', publicCidrs: ['0.0.0.0/0'], logDays: 7, fargateLogDays: 30, mfa: false,
  addOns: {
    'vpc-cni': 'v1.22.4-eksbuild.3', 'kube-proxy': 'v1.36.0-eksbuild.21', 'eks-pod-identity-agent': 'v1.3.10-eksbuild.3',
    coredns: 'v1.14.3-eksbuild.16', 'metrics-server': 'v0.9.0-eksbuild.11', 'aws-ebs-csi-driver': 'v1.63.1-eksbuild.1',
    'eks-node-monitoring-agent': 'v1.7.2-eksbuild.1',
  },
  cniEnvironment: {},
  nodes: {
    instanceTypes: ['t4g.large', 'm7g.large', 'm6g.large'], amiType: 'AL2023_ARM_64_STANDARD', capacityType: 'SPOT',
    minSize: 2, desiredSize: 2, maxSize: 4, disks: { '/dev/xvda': 40 },
  },
  sample: { replicas: 2, scheme: 'internet-facing', ranges: ['0.0.0.0/0'], tier: 'Public' },
};

const prod = {
  name: 'prod', stage: 'Prod', region: 'eu-west-1', production: true, protectedLogs: true,
  cidr: '10.20.0.0/16', zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'], natGateways: 3,
  interfaceEndpoints: ['ecr.api', 'ecr.dkr', 'sts'],
  subnets: {
    Public: ['10.20.32.0/24', '10.20.96.0/24', '10.20.160.0/24'],
    Private: ['10.20.0.0/19', '10.20.64.0/19', '10.20.128.0/19'],
    ControlPlane: ['10.20.48.0/28', '10.20.112.0/28', '10.20.176.0/28'],
  },
  flowLogs: { bucket: true, days: 365 },
  kubernetes: '1.35', publicCidrs: [], logDays: 365, fargateLogDays: 90, mfa: true,
  addOns: {
    'vpc-cni': 'v1.21.1-eksbuild.8', 'kube-proxy': 'v1.35.3-eksbuild.5', 'eks-pod-identity-agent': 'v1.3.10-eksbuild.3',
    coredns: 'v1.14.2-eksbuild.4', 'metrics-server': 'v0.8.1-eksbuild.6', 'aws-ebs-csi-driver': 'v1.59.0-eksbuild.1',
    'eks-node-monitoring-agent': 'v1.6.4-eksbuild.1',
  },
  cniEnvironment: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
  nodes: {
    instanceTypes: ['m7g.xlarge'], amiType: 'BOTTLEROCKET_ARM_64', capacityType: 'ON_DEMAND',
    minSize: 3, desiredSize: 3, maxSize: 9, disks: { '/dev/xvda': 4, '/dev/xvdb': 80 },
  },
  sample: { replicas: 3, scheme: 'internal', ranges: ['10.20.0.0/16'], tier: 'Private' },
};

// dev, prod, and copies of them under names of their own: Dev2, Prod2, Dev3, …
exports.environments = (count) => Array.from({ length: count }, (_, index) => {
  const original = index % 2 ? prod : dev, copy = Math.floor(index / 2) + 1;
  return copy === 1 ? original : { ...original, name: original.name + copy, stage: original.stage + copy };
});
