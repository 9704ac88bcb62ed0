package dev.gatehouse.edge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.audit.ControlLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Reason;
import io.grpc.MethodDescriptor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the control log what registered callers tried to administer and were refused, and when
 * people first used a strong login for it.
 */
final class AdministrationRecorder {

  /** The most credentials remembered; one that was forgotten is told of once more. */
  static final int CREDENTIALS_MAX = 10_000;

  /** The action of the first use of a strong login. */
  static final String STEP_UP = "credentials.stepUp";

  private final ControlLog log;

  /** The fingerprints of credentials whose strong login was told of, the last used last. */
  @GuardedBy("this")
  private final Map<String, Boolean> steppedUp =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > CREDENTIALS_MAX;
        }
      };

  AdministrationRecorder(ControlLog log) {
    this.log = log;
  }

  /**
   * A call ended; whether that has been seen to here.
   *
   * @param reason why it was refused, or null if it was answered
   */
  boolean refused(
      MethodDescriptor<?, ?> method, CallContext call, @Nullable Reason reason, long nowNanos) {
    Caller caller = call.caller();
    if (reason == null || caller == null || !MethodRights.administrative(method)) {
      return false;
    }
    String resource = call.resource();
    log.offer(
        new ControlEvent(
            caller,
            method.getFullMethodName(),
            resource == null ? "" : resource,
            null,
            reason.name(),
            nowNanos - call.startNanos(),
            call.trace()));
    return true;
  }

  /** A caller has proved itself strongly enough for what asks for that. */
  void steppedUp(Caller caller) {
    if (caller.kind() == CallerKind.PERSON && first(caller.credentialFingerprint())) {
      log.offer(
          new ControlEvent(
              caller,
              STEP_UP,
              "callers/" + caller.id(),
              "until=" + caller.credential().stepUpUntil(),
              "OK",
              0,
              null));
    }
  }

  private synchronized boolean first(String fingerprint) {
    return steppedUp.put(fingerprint, true) == null;
  }
}
