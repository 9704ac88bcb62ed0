package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.access.Authentication;
import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.stubs.admin.v1.ExportAuditEntriesResponse;
import dev.gatehouse.testing.TestCallers;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An export that writes nothing notices all the same that it is wanted no more. */
final class ExportSendingTest {

  private static final Caller CALLER =
      TestCallers.caller(
          new CallerId("auditor"),
          new TeamName("risk"),
          Set.of(Role.CALLER),
          "0011223344556677",
          Instant.MAX);

  private boolean cancelled;
  private boolean expired;
  private int looks;

  private final ExportSending sending =
      new ExportSending(
          new Client(),
          () -> {
            looks++;
            return expired
                ? new Authentication.Refused(
                    new Refusal.CredentialInvalid(), AuthenticationFailure.EXPIRED)
                : new Authentication.Accepted(CALLER);
          });

  @Test
  void advanced_nothingWritten_looksAfterTheClientOnceInAThousandEntries() {
    for (int i = 0; i < 3 * ExportSending.LOOK_ENTRIES - 1; i++) {
      sending.advanced(1);
    }
    assertEquals(2, looks);
    sending.advanced(1);
    assertEquals(3, looks);
  }

  @Test
  void advanced_clientGone_ends() {
    cancelled = true;
    sending.advanced(ExportSending.LOOK_ENTRIES - 1);
    assertThrows(UncheckedIOException.class, () -> sending.advanced(1));
  }

  @Test
  void advanced_credentialExpired_isRefused() {
    expired = true;
    sending.advanced(ExportSending.LOOK_ENTRIES - 1);
    assertThrows(RefusedException.class, () -> sending.advanced(1));
  }

  /** Reads nothing. */
  private final class Client extends ServerCallStreamObserver<ExportAuditEntriesResponse> {

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void onNext(ExportAuditEntriesResponse response) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
