package dev.gatehouse.scheduling;

import java.util.List;

/**
 * Computes one batch on one instance.
 *
 * <p>It is called on the thread of that instance, with payloads of equal batch keys, and never
 * twice at once for the same instance; except that one which was replaced may still be in its last
 * run.
 *
 * @param <P> what a call brings
 * @param <R> what a call gets
 */
@FunctionalInterface
public interface BatchRunner<P, R> {

  /**
   * Runs the batch and returns one result for each payload, in the same order.
   *
   * @param instance 0 to one less than the number of instances
   * @param payloads at least one, unmodifiable
   * @throws dev.gatehouse.core.RefusedException to answer every call of the batch with its refusal,
   *     without running any of them again
   * @throws DeviceMemoryExhaustedException if the device has no memory for so many rows
   * @throws InstanceLostException if the instance can run nothing any more; it is abandoned
   * @throws Exception if the batch failed; a result that is null or missing counts as that too
   */
  List<R> run(int instance, List<P> payloads) throws Exception;
}
