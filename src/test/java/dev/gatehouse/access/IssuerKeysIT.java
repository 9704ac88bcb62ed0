package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Reason;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** An issuer that is away at start, comes, changes its key and goes. */
@QuarkusTest
@TestProfile(IssuerKeysIT.Profile.class)
class IssuerKeysIT {

  /** Starts the application while the issuer is away. */
  public static final class Profile extends AccessProfile {
    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(
          new TestResourceEntry(AccessTestResource.class, Map.of("issuer-away", "true")));
    }
  }

  /** Ten times what it takes: a check every 5 s. */
  private static final int WAIT_SECONDS = 60;

  @Inject Authenticator authenticator;
  @Inject AccessControl control;

  @Inject
  @ConfigProperty(name = "gatehouse.oidc.issuer")
  String issuer;

  private CompletableFuture<Authentication> authenticate(TestTokens signer) {
    String token = signer.sign(TestTokens.claims(issuer, "root-subject", "administrator"));
    return authenticator.authenticate("Bearer " + token, AccessFixture.HERE).toCompletableFuture();
  }

  private void assertRefused(Reason reason, AuthenticationFailure cause, Authentication outcome) {
    var refused = assertInstanceOf(Authentication.Refused.class, outcome);
    assertEquals(cause, refused.cause());
    assertEquals(reason, refused.refusal().reason());
  }

  @Test
  void issuer_awayThenThereThenChangingItsKeyThenAway_isFollowed() throws InterruptedException {
    TestTokens first = TestTokens.generate();
    assertFalse(control.keysAvailable());
    control.start();
    assertRefused(
        Reason.DEPENDENCY_LOST, AuthenticationFailure.KEYS_UNAVAILABLE, authenticate(first).join());

    TestTokens second = TestTokens.generate();
    try (TestIssuer server = new TestIssuer(URI.create(issuer).getPort(), first.keySet())) {
      for (int i = 0; i < WAIT_SECONDS * 10 && !control.keysAvailable(); i++) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
      assertTrue(control.keysAvailable(), "connected by itself");
      assertInstanceOf(Authentication.Accepted.class, authenticate(first).join());

      server.publish("{\"keys\":[" + first.publicKey() + "," + second.publicKey() + "]}");
      server.hold();
      List<CompletableFuture<Authentication>> waiting = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        waiting.add(authenticate(second));
      }
      assertInstanceOf(
          Authentication.Accepted.class, authenticate(first).join(), "others do not wait");
      server.release();
      for (CompletableFuture<Authentication> one : waiting) {
        assertInstanceOf(Authentication.Accepted.class, one.join(), "waits for the new key");
      }
    }

    assertTrue(control.keysAvailable(), "keys at hand are trusted while the issuer is away");
    assertInstanceOf(Authentication.Accepted.class, authenticate(first).join());
    assertInstanceOf(Authentication.Accepted.class, authenticate(second).join());
  }
}
