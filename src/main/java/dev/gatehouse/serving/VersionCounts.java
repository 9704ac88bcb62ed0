package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import java.util.List;

/**
 * What a version has done since it was deployed, as the statistics of Triton's extension tell it.
 *
 * <p>Read while calls run, so that two numbers may differ by what happened in between.
 *
 * @param model its model
 * @param version the version
 * @param lastRunMillis when it last ran a batch, in milliseconds since the epoch; 0 if never
 * @param rows rows of the requests that were answered
 * @param executions batches that ran and did not fail
 * @param success requests that were answered, from arrival to answer
 * @param fail requests that were refused once the version was known, from arrival to refusal
 * @param queue answered requests, the time they waited
 * @param assemble requests of batches that did not fail, the time in which the batch of each was
 *     put together
 * @param compute the same requests, the time in which the batch of each ran
 * @param scatter the same requests, the time in which the batch of each was taken apart
 * @param batches the same three times for each size of batch, every batch counted once; ascending,
 *     at most {@link VersionStatistics#BATCH_SIZES_MAX}
 */
public record VersionCounts(
    ModelName model,
    VersionId version,
    long lastRunMillis,
    long rows,
    long executions,
    Tally success,
    Tally fail,
    Tally queue,
    Tally assemble,
    Tally compute,
    Tally scatter,
    List<OfSize> batches) {

  /**
   * Batches of one size.
   *
   * @param rows the size
   * @param assemble putting them together
   * @param compute running them
   * @param scatter taking them apart
   */
  public record OfSize(int rows, Tally assemble, Tally compute, Tally scatter) {}

  /** Copies the list. */
  public VersionCounts {
    batches = List.copyOf(batches);
  }
}
