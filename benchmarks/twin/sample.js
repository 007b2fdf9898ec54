const cdk = require('aws-cdk-lib'), assets = require('aws-cdk-lib/aws-ecr-assets'), eks = require('aws-cdk-lib/aws-eks-v2');
const { Construct } = require('constructs');
const { ROOT, apply, manifests } = require('./support');

const FOLDER = 'workloads/sample_service', PLATFORMS = { amd64: assets.Platform.LINUX_AMD64, arm64: assets.Platform.LINUX_ARM64 };

exports.SampleStack = class extends cdk.Stack {
  constructor(scope, values, cluster) {
    super(scope, 'SampleService', { env: { region: values.region }, description: 'eks-groundwork: sample service' });
    const sample = new Construct(this, 'SampleService');
    const image = (component, architecture) => new assets.DockerImageAsset(sample, `${component[0].toUpperCase()}${component.slice(1)}Image`, {
      directory: `${ROOT}/${FOLDER}/${component}`, platform: PLATFORMS[architecture],
    }).imageUri;
    let namespace;
    const applied = (component, place, filled) => Object.fromEntries(manifests(`${FOLDER}/manifests/${place}`, filled).map((item) => {
      const manifest = apply(sample, component + item.kind, cluster, [item]);
      if (namespace) manifest.node.addDependency(namespace);
      return [item.kind, manifest];
    }));
    namespace = applied('', 'namespace.yaml').Namespace;
    const denied = applied('', 'network-policy.yaml').NetworkPolicy;
    const api = applied('Api', 'api', { api_image: image('api', 'amd64'), api_replicas: values.sample.replicas });
    const web = applied('Web', 'web', {
      web_image: image('web', 'arm64'), web_replicas: values.sample.replicas, architecture: 'arm64',
      load_balancer_scheme: values.sample.scheme, load_balancer_source_ranges: values.sample.ranges,
      load_balancer_blocks: values.subnets[values.sample.tier].map((cidr) => ({ ipBlock: { cidr } })),
      listener_name: 'http', listener_port: 80,
    });
    for (const component of [api, web]) {
      component.Deployment.node.addDependency(component.ServiceAccount, component.NetworkPolicy, denied);
      component.PodDisruptionBudget.node.addDependency(component.Deployment);
      component.Service.node.addDependency(component.Deployment);
    }
    const address = new eks.KubernetesObjectValue(sample, 'LoadBalancerAddress', {
      cluster, objectType: 'service', objectName: 'web', objectNamespace: 'sample',
      jsonPath: '.status.loadBalancer.ingress[0].hostname', timeout: cdk.Duration.minutes(10),
    });
    address.node.addDependency(web.Service);
    new cdk.CfnOutput(sample, 'Url', {
      description: 'The sample service, a few minutes after the first deploy', value: `http://${address.value}`,
    }).overrideLogicalId('SampleServiceUrl');
  }
};
