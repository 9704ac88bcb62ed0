package dev.gatehouse.boot;

import static dev.gatehouse.boot.ProvisioningGateway.SEEN_MAX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.ActivateCallerRequest;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc.CallersServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.DeleteCallerRequest;
import dev.gatehouse.stubs.admin.v1.GetCallerRequest;
import dev.gatehouse.stubs.admin.v1.IdentityDrift.Kind;
import dev.gatehouse.stubs.admin.v1.RotateCallerSecretRequest;
import dev.gatehouse.stubs.admin.v1.SuspendCallerRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Refused;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A gateway whose Keycloak goes away and comes back. */
final class LostIdentityProviderIT {

  /** Ten times the age that keys may reach. */
  private static final Duration TOO_OLD_MAX = Duration.ofMinutes(10);

  private static int ready(GatewayProcess process) {
    return process.get("/q/health/ready").statusCode();
  }

  private static void assertLost(org.junit.jupiter.api.function.Executable call) {
    Refused.with(Status.Code.UNAVAILABLE, Reason.DEPENDENCY_LOST, call);
  }

  @Test
  void keycloak_lost_takingAwayGoesOnAndGivingWaitsAndKeysGetTooOld() {
    try (ProvisioningGateway gateway =
        ProvisioningGateway.start(Map.of("gatehouse.oidc.keys-age-max", "1M"))) {
      Caller kept = gateway.provision("kept", Caller.Role.ROLE_CALLER);
      Caller stopped = gateway.provision("stopped", Caller.Role.ROLE_CALLER);
      Caller removed = gateway.provision("removed", Caller.Role.ROLE_CALLER);
      OidcLogin.Tokens keptToken = gateway.login(kept);
      OidcLogin.Tokens stoppedToken = gateway.login(stopped);
      gateway.call(keptToken);
      CallersServiceBlockingStub callers = gateway.callers();
      gateway.keycloak().stop();

      // Known keys serve on, also for a token never seen before.
      gateway.call(keptToken);
      gateway.call(stoppedToken);
      Caller suspended =
          callers.suspendCaller(
              SuspendCallerRequest.newBuilder().setName(stopped.getName()).build());
      assertEquals(Caller.Standing.STANDING_SUSPENDED, suspended.getStanding());
      Refused.with(
          Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, () -> gateway.call(stoppedToken));
      var unused =
          callers.deleteCaller(DeleteCallerRequest.newBuilder().setName(removed.getName()).build());
      assertLost(() -> gateway.provision("never", Caller.Role.ROLE_CALLER));
      Refused.with(
          Status.Code.NOT_FOUND,
          Reason.NOT_FOUND,
          () -> callers.getCaller(GetCallerRequest.newBuilder().setName("callers/never").build()));
      assertLost(
          () ->
              callers.rotateCallerSecret(
                  RotateCallerSecretRequest.newBuilder().setName(kept.getName()).build()));
      assertLost(
          () ->
              callers.activateCaller(
                  ActivateCallerRequest.newBuilder().setName(stopped.getName()).build()));

      assertTrue(gateway.changes(stopped.getName()).contains("callers.suspend OK"));
      assertTrue(gateway.changes(stopped.getName()).contains("callers.stopClient FAILED"));
      assertTrue(gateway.changes(removed.getName()).contains("callers.removeClient FAILED"));

      assertTrue(Await.until(TOO_OLD_MAX, () -> !gateway.accepts(keptToken)), "keys for ever");
      assertLost(() -> gateway.call(keptToken));
      assertEquals(503, ready(gateway.process()));
      assertTrue(
          gateway.process().get("/q/health/ready").body().contains("\"identity-keys\": false"));
      assertTrue(gateway.process().metrics().contains("gatehouse_identity_keys_usable 0"));
      assertEquals(200, gateway.process().get("/q/health/live").statusCode());

      gateway.keycloak().restart();
      gateway.forgetTokens();
      assertTrue(Await.until(SEEN_MAX, () -> ready(gateway.process()) == 200), "does not recover");
      gateway.call(gateway.login(kept));
      assertTrue(
          Await.until(SEEN_MAX, () -> gateway.drifts(Kind.KIND_CLIENT_ENABLED, "stopped")),
          "what did not follow shows");
      assertTrue(
          Await.until(SEEN_MAX, () -> gateway.drifts(Kind.KIND_CLIENT_UNREGISTERED, "removed")));
    }
  }

  @Test
  void gateway_startedWithoutKeycloak_startsAndWaits() {
    try (ProvisioningGateway gateway = ProvisioningGateway.start(Map.of())) {
      gateway.process().stop();
      gateway.keycloak().stop();
      GatewayProcess again =
          GatewayProcess.launch(
              ProvisioningGateway.settings(
                  gateway.keycloak(), PostgresServer.shared().createDatabase(), Map.of()),
              "-Xmx384m");
      try (again) {
        assertTrue(Await.until(GatewayProcess.START_MAX, () -> answers(again)), "does not start");
        assertEquals(503, ready(again));
        gateway.keycloak().restart();
        assertTrue(Await.until(SEEN_MAX, () -> ready(again) == 200), "does not get ready");
      }
    }
  }

  private static boolean answers(GatewayProcess process) {
    try {
      return process.get("/q/health/live").statusCode() == 200;
    } catch (java.io.UncheckedIOException e) {
      return false;
    }
  }
}
