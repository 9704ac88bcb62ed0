package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.ErrorInfo;
import dev.gatehouse.core.Reason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.function.Executable;

/** Assertions on refusals: status, reason, domain, and that nothing leaks with them. */
public final class Refused {

  /** The domain of every {@code ErrorInfo}. */
  public static final String DOMAIN = "gatehouse.dev";

  private Refused() {}

  /** Asserts that {@code call} is refused so. */
  public static StatusRuntimeException with(Status.Code code, Reason reason, Executable call) {
    return is(code, reason, assertThrows(Throwable.class, call));
  }

  /** Asserts that {@code failure} is such a refusal. */
  public static StatusRuntimeException is(Status.Code code, Reason reason, Throwable failure) {
    StatusRuntimeException refusal = status(failure);
    assertEquals(code, refusal.getStatus().getCode(), refusal.toString());
    ErrorInfo info =
        GatewayClient.errorInfo(refusal)
            .orElseThrow(() -> new AssertionError("no ErrorInfo", refusal));
    assertEquals(reason.name(), info.getReason(), refusal.toString());
    assertEquals(DOMAIN, info.getDomain());
    assertClean(refusal);
    return refusal;
  }

  /** Asserts that {@code call} ends with that status, whoever refused it. */
  public static StatusRuntimeException plainly(Status.Code code, Executable call) {
    StatusRuntimeException refusal = status(assertThrows(Throwable.class, call));
    assertEquals(code, refusal.getStatus().getCode(), refusal.toString());
    assertClean(refusal);
    return refusal;
  }

  private static StatusRuntimeException status(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StatusRuntimeException refusal) {
      return refusal;
    }
    throw new AssertionError("no refusal but " + cause, cause);
  }

  /** No credential comes back, and no word of ours from inside. */
  private static void assertClean(StatusRuntimeException refusal) {
    Metadata trailers = refusal.getTrailers();
    // The challenge of RFC 9470 begins with the name of the scheme, and has nothing behind it.
    String all =
        (refusal.getStatus().getDescription() + " " + trailers).replace("Bearer error=", "");
    assertTrue(
        trailers == null || !trailers.containsKey(GatewayClient.AUTHORIZATION),
        "the trailers carry a credential");
    for (String never : new String[] {"Bearer", "eyJ", "Exception:", "dev.gatehouse", "java."}) {
      assertTrue(!all.contains(never), () -> "'" + never + "' in " + all);
    }
  }
}
