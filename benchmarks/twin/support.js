// What several stacks need: manifests, log groups and roles for pods.
const fs = require('fs'), path = require('path');
const cdk = require('aws-cdk-lib'), eks = require('aws-cdk-lib/aws-eks-v2'), iam = require('aws-cdk-lib/aws-iam'),
  kms = require('aws-cdk-lib/aws-kms'), logs = require('aws-cdk-lib/aws-logs');
const { parseAllDocuments } = require('yaml');

exports.ROOT = path.resolve(__dirname, '../..');
exports.POLICIES = { true: cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, false: cdk.RemovalPolicy.DESTROY };

exports.managed = (name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name);

const fill = (node, values) => {
  if (typeof node === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(node);
    if (whole) return values[whole[1]];
    return node.replace(/\$?\$\{(\w+)\}/g, (text, name) => text.startsWith('$$') ? text.slice(1) : String(values[name]));
  }
  if (Array.isArray(node)) return node.map((each) => fill(each, values));
  if (node && typeof node === 'object') return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fill(value, values)]));
  return node;
};

exports.manifests = (place, values = {}) => {
  const full = path.join(exports.ROOT, place);
  const files = fs.statSync(full).isDirectory() ? fs.readdirSync(full).sort().map((name) => path.join(full, name)) : [full];
  const objects = files.flatMap((file) => parseAllDocuments(fs.readFileSync(file, 'utf8')).map((document) => fill(document.toJS(), values)));
  return objects.sort((one, other) => (one.kind !== 'Namespace') - (other.kind !== 'Namespace'));
};

exports.apply = (scope, id, cluster, manifest) => new eks.KubernetesManifest(scope, id, { cluster, manifest });

exports.logGroup = (scope, id, days, removalPolicy, encryptionKey) => {
  const group = new logs.LogGroup(scope, id, { removalPolicy, encryptionKey });
  group.node.defaultChild.retentionInDays = days;
  return group;
};

exports.logsKey = (scope, id, removalPolicy, bucket = false) => {
  const stack = cdk.Stack.of(scope);
  const key = new kms.Key(scope, id, { description: `Logs of ${stack.stackName}`, enableKeyRotation: true, removalPolicy });
  const prefix = `arn:${stack.partition}:logs:${stack.region}:${stack.account}`;
  key.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(bucket ? 'delivery.logs.amazonaws.com' : `logs.${stack.region}.amazonaws.com`)],
    actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    resources: ['*'],
    conditions: { ArnLike: bucket ? { 'aws:SourceArn': `${prefix}:*` } : { 'kms:EncryptionContext:aws:logs:arn': `${prefix}:log-group:*` } },
  }));
  return key;
};

exports.podRole = (scope, description, policies = []) => new iam.Role(scope, 'Role', {
  description,
  assumedBy: new iam.SessionTagsPrincipal(new iam.ServicePrincipal('pods.eks.amazonaws.com')),
  managedPolicies: policies.map(exports.managed),
});

exports.addOn = (scope, id, { cluster, name, version, configuration, policy, account, after = [] }) => {
  const inner = new (require('constructs').Construct)(scope, id);
  const role = policy && exports.podRole(inner, `${name} on its nodes`, [policy]);
  const resource = new eks.CfnAddon(inner, 'Resource', {
    clusterName: cluster.clusterName, addonName: name, addonVersion: version,
    configurationValues: configuration && cdk.Stack.of(scope).toJsonString(configuration),
    podIdentityAssociations: role && [{ roleArn: role.roleArn, serviceAccount: account }],
    preserveOnDelete: false, resolveConflicts: 'OVERWRITE',
  });
  resource.node.addDependency(...after);
  return resource;
};
