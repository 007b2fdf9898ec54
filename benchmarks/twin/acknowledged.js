// What constructs_lib acknowledges, with its reasons there, for a whole stage: cdk-nag then passes, as ours does.
const { Validations } = require('aws-cdk-lib');

const POLICIES = [
  'AmazonEBSCSIDriverEKSClusterScopedPolicy', 'AmazonEC2ContainerRegistryPullOnly', 'AmazonEKSClusterPolicy', 'AmazonEKSFargatePodExecutionRolePolicy',
  'AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonSSMManagedInstanceCore',
  'service-role/AWSLambdaBasicExecutionRole', 'service-role/AWSLambdaVPCAccessExecutionRole',
].map((name) => `IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`);
const WILDCARDS = [
  '*', 'arn:<AWS::Partition>:ec2:*:*:security-group/*', '<ControlPlaneClusterKubectlProviderHandler4C29DBB3.Arn>:*',
  ...['listener-rule/app/*/*/*', 'listener-rule/net/*/*/*', 'listener/app/*/*/*', 'listener/net/*/*/*', 'loadbalancer/app/*/*', 'loadbalancer/net/*/*', 'targetgroup/*/*']
    .map((kind) => `arn:<AWS::Partition>:elasticloadbalancing:*:*:${kind}`),
];

exports.acknowledge = (stage, { name, region }) => {
  const own = `arn:aws:logs:${region}:<AWS::AccountId>:log-group:/aws/eks/groundwork-${name}/cluster:*`;
  const ids = [...POLICIES, ...[...WILDCARDS, own].map((resource) => `IAM5[Resource::${resource}]`), 'L1', 'S1'];
  const reason = 'See constructs_lib.';
  Validations.of(stage).acknowledge({ id: 'CloudFormation-Validate::W3010', reason }, ...ids.map((id) => ({ id: `AwsSolutions::AwsSolutions-${id}`, reason })));
};
