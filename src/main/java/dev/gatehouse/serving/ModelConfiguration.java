package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Signature;
import java.time.Duration;
import java.util.List;

/**
 * How a ready version of a model runs.
 *
 * @param model the model
 * @param signature what the version takes and gives
 * @param batchRowsMax the most rows of one batch
 * @param preferredBatchRows sizes at which a batch need not wait for more rows; may be empty
 * @param queueDelayMax the longest wait for others to share a batch
 * @param devices for each instance the device it runs on: {@code cpu} or such as {@code gpu:0}
 */
public record ModelConfiguration(
    ModelName model,
    Signature signature,
    int batchRowsMax,
    List<Integer> preferredBatchRows,
    Duration queueDelayMax,
    List<String> devices) {

  /** Copies the lists. */
  public ModelConfiguration {
    preferredBatchRows = List.copyOf(preferredBatchRows);
    devices = List.copyOf(devices);
  }
}
