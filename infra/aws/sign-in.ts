/** Signing in to RDS and MSK by IAM: for the databases and clusters that the stage's settings name, and no others. */
import type { Statement } from './policies.ts';
import { stage } from './stage.ts';

/** `arn:…:cluster/<name>/<uuid>` -> the same cluster's topics, groups or transactional ids. */
const within = (cluster: string, kind: 'topic' | 'transactional-id'): string =>
  `${cluster.replace(':cluster/', `:${kind}/`)}/*`;

const CLUSTER_CHECKED = ['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'];
const TOPICS_MADE = [
  'kafka-cluster:CreateTopic',
  'kafka-cluster:DescribeTopic',
  'kafka-cluster:DescribeTopicDynamicConfiguration',
];

function mskStatements(clusters: readonly string[], who: 'runner' | 'api'): Statement[] {
  if (clusters.length === 0) return [];
  const topics = clusters.map((cluster) => within(cluster, 'topic'));
  // It only looks whether the cluster lets it in.
  if (who === 'api') return [{ actions: CLUSTER_CHECKED, resources: clusters }];
  return [
    { actions: [...CLUSTER_CHECKED, 'kafka-cluster:WriteDataIdempotently'], resources: clusters },
    // Reads too: how far exactly-once transactions have reached is kept in a topic.
    { actions: [...TOPICS_MADE, 'kafka-cluster:WriteData', 'kafka-cluster:ReadData'], resources: topics },
    {
      actions: ['kafka-cluster:DescribeTransactionalId', 'kafka-cluster:AlterTransactionalId'],
      resources: clusters.map((cluster) => within(cluster, 'transactional-id')),
    },
  ];
}

export function signsIn(who: 'runner' | 'api'): Statement[] {
  const rds = stage.rdsUsers.length === 0 ? [] : [{ actions: ['rds-db:connect'], resources: stage.rdsUsers }];
  return [...rds, ...mskStatements(stage.mskClusters, who)];
}
