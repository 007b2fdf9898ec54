// The same templates without Python and jsii: node app.js ENVIRONMENTS [nag]. The CDK's own variables say where
// they go (CDK_OUTDIR) and with which flags (CDK_CONTEXT_JSON).
const cdk = require('aws-cdk-lib');
const { acknowledge } = require('./acknowledged');
const { environments } = require('./environments'), { ClusterStack } = require('./cluster'), { NetworkStack } = require('./network'), { SampleStack } = require('./sample');

const [count, nag] = process.argv.slice(2), app = new cdk.App();
if (nag === 'nag') cdk.Validations.of(app).addPlugins(new (require('cdk-nag').AwsSolutionsChecks)(app));
for (const values of environments(Number(count))) {
  const stage = new cdk.Stage(app, values.stage, { env: { region: values.region } });
  acknowledge(stage, values);
  const network = new NetworkStack(stage, values), cluster = new ClusterStack(stage, values, network);
  new SampleStack(stage, values, cluster.cluster).addStackDependency(cluster);
  cdk.Tags.of(stage).add('environment', values.name.replace(/\d+$/, ''));
  cdk.Tags.of(stage).add('project', 'eks-groundwork');
}
app.synth();
