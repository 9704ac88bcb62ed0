package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.ListCallersRequest;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A login that was strong enough and is too long ago. */
final class StepUpAgeIT {

  private static final Duration AGE_MAX = Duration.ofSeconds(1);

  @Test
  void person_whoseLoginWithCodeIsTooLongAgo_mustLogInAgain() throws InterruptedException {
    Map<String, String> settings = Map.of("gatehouse.oidc.step-up-age-max", AGE_MAX.toString());
    try (OwnGateway gateway = OwnGateway.start(PostgresServer.shared(), settings);
        GatewayClient client = gateway.connect()) {
      OidcLogin.Tokens ada = HeldTokens.shared().of(Realm.ADA);
      // The whole seconds of auth_time, and the age itself.
      TimeUnit.NANOSECONDS.sleep(AGE_MAX.plusSeconds(1).toNanos());
      assertEquals(
          1,
          client
              .callers(ada)
              .listCallers(ListCallersRequest.getDefaultInstance())
              .getCallersCount());
      StatusRuntimeException refusal =
          Refused.with(
              Status.Code.UNAUTHENTICATED,
              Reason.STEP_UP_REQUIRED,
              () -> SharedGateway.registerAutomat(client, ada, SharedGateway.AUTOMAT, true));
      assertEquals(
          Map.of("acr_values", Realm.ONE_TIME_CODE_ACR, "max_age", "1"),
          GatewayClient.errorInfo(refusal).orElseThrow().getMetadataMap());
    }
  }
}
