package dev.gatehouse.serving;

import dev.gatehouse.registry.DeploymentSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a publisher wants a version to run; zero and null stand for the gateway's defaults.
 *
 * @param batchRowsMax the most rows of a batch and of a call
 * @param queueDelayMax the longest wait for others to share a batch
 * @param instancesPerDevice instances on each device
 * @param executionLimit after which an execution counts as stuck
 * @param queueRowsMax the most rows that wait or run
 */
public record DeploymentWish(
    int batchRowsMax,
    @Nullable Duration queueDelayMax,
    int instancesPerDevice,
    @Nullable Duration executionLimit,
    int queueRowsMax) {

  /**
   * The settings this comes to.
   *
   * @throws dev.gatehouse.core.RefusedException with {@code ArgumentInvalid} if one is out of
   *     bounds
   */
  DeploymentSettings over(DeploymentSettings defaults) {
    int rows = batchRowsMax == 0 ? defaults.batchRowsMax() : batchRowsMax;
    return new DeploymentSettings(
        rows,
        queueDelayMax == null ? defaults.queueDelayMax() : queueDelayMax,
        instancesPerDevice == 0 ? defaults.instancesPerDevice() : instancesPerDevice,
        executionLimit == null ? defaults.executionLimit() : executionLimit,
        queueRowsMax == 0 ? Math.max(rows, defaults.queueRowsMax()) : queueRowsMax,
        defaults.queueBytesMax());
  }
}
