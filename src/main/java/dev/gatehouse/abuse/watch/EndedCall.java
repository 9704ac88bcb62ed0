package dev.gatehouse.abuse.watch;

import dev.gatehouse.abuse.traffic.ObservedCall;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.Outcome;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A call of a registered caller, or a message of a stream, that has ended. 64 bytes, so that it may
 * wait.
 *
 * @param caller who called
 * @param model the model it named, as it named it, up to {@link #MODEL_CHARS_MAX} characters; null
 *     if none
 * @param outcome how it ended
 * @param rows how many rows it asked for; 0 where that is not known
 * @param requestBytes its size on the wire
 * @param latencyNanos from its arrival to its end
 * @param computeNanos its share of the time that devices spent
 * @param nanos when it ended, by the ticker
 */
public record EndedCall(
    Caller caller,
    @Nullable String model,
    Outcome outcome,
    int rows,
    long requestBytes,
    long latencyNanos,
    long computeNanos,
    long nanos)
    implements Observation {

  /** What is kept of a name, which may be as long as a message. */
  public static final int MODEL_CHARS_MAX = 256;

  /** Cuts the name, and takes an amount below 0 for none. */
  public EndedCall {
    if (model != null && model.length() > MODEL_CHARS_MAX) {
      model = model.substring(0, MODEL_CHARS_MAX);
    }
    rows = Math.max(0, rows);
    requestBytes = Math.max(0, requestBytes);
    latencyNanos = Math.max(0, latencyNanos);
    computeNanos = Math.max(0, computeNanos);
  }

  /** The call as its signals are made of it. */
  ObservedCall observed(Instant at) {
    return new ObservedCall(
        model,
        outcome,
        rows,
        requestBytes,
        latencyNanos,
        computeNanos,
        caller.address(),
        credential(caller),
        at,
        nanos);
  }

  /**
   * What stays the same when a token is renewed: the API key; of a person the login session, since
   * many people log in through one client; of a program its client, whose sessions may be as short
   * as its tokens.
   */
  static String credential(Caller caller) {
    Credential credential = caller.credential();
    String client = credential.clientId();
    String session = credential.sessionId();
    if (credential.apiKey() != null) {
      return "key " + credential.apiKey();
    }
    if (session != null && (client == null || caller.kind() == CallerKind.PERSON)) {
      return "session " + session;
    }
    String bound = credential.certificateBound() ? "bound client " : "client ";
    return client == null ? bound : bound + client;
  }
}
