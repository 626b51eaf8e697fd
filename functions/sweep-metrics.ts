/**
 * The sweep's log line as metrics too, in CloudWatch's embedded metric format: a JSON line with a member `_aws` that says
 * which other members are metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { METRIC_DIMENSION, METRIC_NAMESPACE, SWEEP_METRICS, type SweepMetric } from '../core/metric-names.ts';

export type SweepValues = Readonly<Record<SweepMetric, number | null>>;

/** The members to put on the line beside `values`; what is null is no metric of this minute. */
export function metricMembers(stage: string, nowMs: number, values: SweepValues): Record<string, unknown> {
  const metrics = (Object.keys(SWEEP_METRICS) as SweepMetric[])
    .filter((name) => values[name] !== null)
    .map((name) => ({ Name: name, Unit: SWEEP_METRICS[name] }));
  return {
    [METRIC_DIMENSION]: stage,
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        { Namespace: METRIC_NAMESPACE, Dimensions: [[METRIC_DIMENSION]], Metrics: metrics },
      ],
    },
  };
}
