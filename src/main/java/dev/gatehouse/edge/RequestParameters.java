package dev.gatehouse.edge;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.stubs.inference.InferParameter;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The parameters of a request that mean something here, under the names that Triton's extensions of
 * the protocol give them.
 *
 * <p>What asks for something that is not offered, and would make the client misread its answer, is
 * refused: state kept between requests (sequences), tensors in shared memory, classification. What
 * models of other servers may be given as parameters of their own is ignored.
 *
 * @param timeoutMicros how long the request may wait, 0 if it does not say
 * @param bulk whether it asks to come after requests that somebody waits for
 */
record RequestParameters(long timeoutMicros, boolean bulk) {

  /** What a request without parameters asks for. */
  static final RequestParameters NONE = new RequestParameters(0, false);

  private static final long TIMEOUT_MICROS_MAX = TimeUnit.DAYS.toMicros(1);

  /** The protocol's names for its own parameters begin so. */
  private static final String RESERVED_PREFIX = "triton_";

  /** Asks for a mark that every streamed answer carries anyway. */
  private static final String EMPTY_FINAL_RESPONSE = "triton_enable_empty_final_response";

  /** The priority of requests that somebody waits for; larger numbers are less urgent. */
  private static final long PRIORITY_INTERACTIVE = 1;

  private static final Set<String> SHARED_MEMORY =
      Set.of("shared_memory_region", "shared_memory_byte_size", "shared_memory_offset");

  /**
   * Reads the parameters of a request.
   *
   * @throws RefusedException with {@code ArgumentInvalid} if one is malformed or asks for what is
   *     not offered
   */
  static RequestParameters of(Map<String, InferParameter> parameters) {
    if (parameters.isEmpty()) {
      return NONE;
    }
    long timeoutMicros = 0;
    boolean bulk = false;
    for (Map.Entry<String, InferParameter> entry : parameters.entrySet()) {
      String name = entry.getKey();
      InferParameter value = entry.getValue();
      switch (name) {
        case "timeout" -> timeoutMicros = timeout(value);
        case "priority" -> bulk = priority(value) > PRIORITY_INTERACTIVE;
        case "sequence_id", "sequence_start", "sequence_end" -> requireUnset(name, value);
        case EMPTY_FINAL_RESPONSE -> requireTruthValue(name, value);
        default -> {
          if (name.startsWith(RESERVED_PREFIX)) {
            throw refused("parameters." + shown(name), "not known; the prefix is reserved");
          }
        }
      }
    }
    return new RequestParameters(timeoutMicros, bulk);
  }

  /**
   * Checks the parameters of the input or output at {@code index} of the list {@code field}.
   *
   * @throws RefusedException with {@code ArgumentInvalid} if one asks for what is not offered
   */
  static void requireOffered(String field, int index, Map<String, InferParameter> parameters) {
    for (Map.Entry<String, InferParameter> entry : parameters.entrySet()) {
      String name = entry.getKey();
      boolean classes = name.equals("classification") && !unset(entry.getValue());
      if (classes || SHARED_MEMORY.contains(name)) {
        throw refused(field + "[" + index + "].parameters." + name, "not offered");
      }
    }
  }

  private static long timeout(InferParameter value) {
    long micros =
        switch (value.getParameterChoiceCase()) {
          case INT64_PARAM -> value.getInt64Param();
          case UINT64_PARAM -> value.getUint64Param();
          default -> throw refused("parameters.timeout", "a number of microseconds");
        };
    if (micros < 1 || micros > TIMEOUT_MICROS_MAX) {
      throw refused("parameters.timeout", "1 microsecond to 1 day");
    }
    return micros;
  }

  /** 0 for the usual priority, 1 for the highest, more for less. */
  private static long priority(InferParameter value) {
    return switch (value.getParameterChoiceCase()) {
      case INT64_PARAM -> {
        if (value.getInt64Param() < 0) {
          throw refused("parameters.priority", "not negative");
        }
        yield value.getInt64Param();
      }
      // An unsigned number beyond the signed ones is the least urgent of all.
      case UINT64_PARAM -> value.getUint64Param() < 0 ? Long.MAX_VALUE : value.getUint64Param();
      default -> throw refused("parameters.priority", "a whole number");
    };
  }

  private static void requireUnset(String name, InferParameter value) {
    if (!unset(value)) {
      throw refused("parameters." + name, "sequences are not offered");
    }
  }

  private static boolean unset(InferParameter value) {
    return switch (value.getParameterChoiceCase()) {
      case BOOL_PARAM -> !value.getBoolParam();
      case INT64_PARAM -> value.getInt64Param() == 0;
      case UINT64_PARAM -> value.getUint64Param() == 0;
      case STRING_PARAM -> value.getStringParam().isEmpty();
      case DOUBLE_PARAM -> value.getDoubleParam() == 0;
      case PARAMETERCHOICE_NOT_SET -> true;
    };
  }

  private static void requireTruthValue(String name, InferParameter value) {
    if (value.getParameterChoiceCase() != InferParameter.ParameterChoiceCase.BOOL_PARAM) {
      throw refused("parameters." + name, "a truth value");
    }
  }

  /** As much of a name as fits a message for people. */
  private static String shown(String name) {
    int shownMax = 64;
    return name.length() <= shownMax ? name : name.substring(0, shownMax);
  }

  private static RefusedException refused(String field, String description) {
    return new RefusedException(Refusal.ArgumentInvalid.of(field, description));
  }
}
