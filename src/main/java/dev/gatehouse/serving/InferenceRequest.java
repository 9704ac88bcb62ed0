package dev.gatehouse.serving;

import dev.gatehouse.access.QuotaStanding;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.TraceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request to run a model, as the transport brought it; read only once the caller is allowed. */
public interface InferenceRequest {

  /** The model it names; not checked. */
  String model();

  /** The version it names; not checked, empty for the default. */
  String version();

  /**
   * The inputs it brings.
   *
   * @throws dev.gatehouse.core.RefusedException with {@code TensorInvalid} if they are mixed up
   */
  List<OfferedTensor> inputs();

  /** The names of the outputs it wants; empty for all. */
  List<String> requestedOutputs();

  /** Its size on the wire in bytes, for the record. */
  long wireBytes();

  /** The trace that the caller named, or null. */
  @Nullable TraceId trace();

  /** From here on the use case records the call itself, whatever becomes of it. */
  void admitted();

  /** What is left of the quotas of the grant that it is for; only where the grant has any. */
  void quotas(QuotaStanding standing);

  /**
   * It is well-formed, and brings so many rows to a model that exists and that its caller may run.
   */
  void rows(int count);

  /** Devices spent so much time on it, in nanoseconds; told before its end. */
  void ran(long computeNanos);

  /**
   * Whether the caller asks for it to come after requests that somebody waits for. It may lower its
   * urgency so, never raise it above that of its grant.
   *
   * @throws dev.gatehouse.core.RefusedException as {@link #deadline} does
   */
  boolean bulk();

  /**
   * When nobody waits for the answer any more.
   *
   * @throws dev.gatehouse.core.RefusedException with {@code ArgumentInvalid} if what it says about
   *     itself is malformed
   */
  Deadline deadline();
}
