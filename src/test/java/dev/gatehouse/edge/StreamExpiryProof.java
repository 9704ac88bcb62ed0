package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.AccessSettings;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** An idle stream whose real token expires; it takes as long as the clocks may be apart. */
final class StreamExpiryProof {

  private static final Duration SEEN_MAX = Duration.ofMinutes(3);

  @Test
  void stream_tokenExpiresWhileIdle_endsThenAndNotBefore() {
    SharedGateway gateway = SharedGateway.get();
    Caller registered =
        SharedGateway.register(
            gateway.client(),
            gateway.administrator(),
            SharedGateway.SHORT_LIVED,
            "shop",
            Caller.Role.ROLE_CALLER);
    assertEquals("callers/short-lived", registered.getName());
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.grantInfer("add-sub", SharedGateway.SHORT_LIVED.clientId());
    OidcLogin.Tokens tokens = gateway.keycloak().login().service(SharedGateway.SHORT_LIVED);
    Instant expiry =
        Instant.ofEpochSecond(tokens.claims().path("exp").asLong())
            .plus(AccessSettings.CLOCK_SKEW_MAX);
    InferStream stream = InferStream.open(gateway.client().channel(), RawCalls.headers(tokens), 10);
    stream.send(addSub(1, 2).build());
    assertEquals("", stream.awaitAnswers(1).getFirst().getErrorMessage());
    assertFalse(stream.ended());
    assertTrue(Await.until(SEEN_MAX, stream::ended), "it outlives its token");
    assertFalse(SystemTime.wall().instant().isBefore(expiry), "it ended before its token");
    Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, stream.awaitEnd());
  }
}
